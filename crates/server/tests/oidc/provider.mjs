// An identity provider for tests, on this machine only: whoever comes is who `/as/NAME` said last.
// It says its address on the first line of its output and ends when its input does.

import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
const callbacks = ['staff', 'residents'].map(
  (audience) => `http://127.0.0.1:8080/api/v1/sign-in/oidc/${audience}/callback`,
);
const provider = new Provider(issuer, {
  clients: [{ client_id: 'kangji', client_secret: 'generated', redirect_uris: callbacks }],
  cookies: { keys: ['generated'] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
});
let account = '';
const answer = provider.callback();

async function interact(request, response) {
  if (account === 'nobody') {
    const refusal = { error: 'access_denied' };
    return provider.interactionFinished(request, response, refusal);
  }
  const grant = new provider.Grant({ accountId: account, clientId: 'kangji' });
  grant.addOIDCScope('openid');
  const result = { login: { accountId: account }, consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result);
}

server.on('request', (request, response) => {
  if (request.url.startsWith('/as/')) {
    account = request.url.slice(4);
    response.end();
  } else if (request.url.startsWith('/interaction/')) {
    interact(request, response).catch((error) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  } else {
    answer(request, response);
  }
});
process.stdin.on('end', () => process.exit()).resume();
console.log(issuer);
