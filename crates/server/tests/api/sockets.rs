//! Callers over real connections who do not keep to the rules.

use std::{net::SocketAddr, time::Duration};

use kangji_server::{listen, router, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use crate::support::{Server, run};

const SETTINGS: &str = "[server]
patience_seconds = 1
request_seconds = 3
connections_max = 4
body_bytes_max = 65536
stop_seconds = 5";

/// The longest a test waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

struct Listening {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Listening {
    async fn start(server: &Server) -> Self {
        let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let settings = server.app.config().server.clone();
        let told = async {
            let _ = stopped.await;
        };
        let ended = tokio::spawn(serve(listener, router(server.app.clone()), settings, told));
        Self { address, stop, ended }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and reads until the server closes.
    async fn answer(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // A server that refuses early does not read all of it.
        let _ = stream.write_all(bytes).await;
        rest(&mut stream).await
    }

    async fn get(&self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        self.answer(request.as_bytes()).await
    }

    /// Signs in with a body.
    async fn post(&self, headers: &str, body: &[u8]) -> String {
        let mut request = head(headers, body.len()).into_bytes();
        request.extend(body);
        self.answer(&request).await
    }
}

fn head(headers: &str, length: usize) -> String {
    format!(
        "POST /api/v1/sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n"
    )
}

/// What comes until the server closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    assert!(read.is_ok(), "the server does not close");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

macro_rules! tests {
    ($($name:ident;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn over_a_socket() {
                run(&Server::with(SETTINGS, None), super::$name);
            }
        }
    )*};
}

tests! {
    slow_headers_are_not_waited_for;
    slow_bodies_are_not_waited_for;
    bodies_have_a_size;
    headers_have_a_number_and_a_size;
    what_follows_a_request_and_is_none_is_refused;
    paths_lead_nowhere_else;
    nothing_sent_becomes_a_header;
    what_is_packed_is_not_unpacked;
    json_of_any_depth_is_survived;
    a_stop_answers_what_was_accepted;
    connections_have_a_number;
}

async fn slow_headers_are_not_waited_for(server: &Server) {
    let listening = Listening::start(server).await;
    let start = Instant::now();
    let mut stream = listening.connect().await;
    stream.write_all(b"GET /-/health HTTP/1.1\r\nhost:").await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(["", "408"].contains(&status(&answer)), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

async fn slow_bodies_are_not_waited_for(server: &Server) {
    let listening = Listening::start(server).await;
    let answer = listening.post("", b"").await;
    assert_eq!(status(&answer), "400", "an empty body is none: {answer}");
    // Nothing comes after the first bytes.
    let start = Instant::now();
    let mut stream = listening.connect().await;
    let sent = head("", 100) + "{\"name\"";
    stream.write_all(sent.as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(["400", "408"].contains(&status(&answer)), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(5));
    // A byte comes now and then, always within the patience for one.
    let start = Instant::now();
    let mut stream = listening.connect().await;
    stream.write_all(head("", 100).as_bytes()).await.unwrap();
    let (mut reading, mut writing) = stream.split();
    let trickle = async {
        while writing.write_all(b" ").await.is_ok() {
            sleep(Duration::from_millis(300)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    tokio::select! {
        read = timeout(PATIENCE, reading.read_to_end(&mut answer)) => assert!(read.is_ok()),
        () = trickle => {}
    }
    assert_eq!(status(&String::from_utf8_lossy(&answer)), "408");
    assert!(start.elapsed() < Duration::from_secs(6));
}

async fn bodies_have_a_size(server: &Server) {
    let listening = Listening::start(server).await;
    let large = vec![b' '; 70_000];
    assert_eq!(status(&listening.post("", &large).await), "413");
    let chunked = format!(
        "POST /api/v1/sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        large.len(),
        " ".repeat(large.len()),
    );
    assert_eq!(status(&listening.answer(chunked.as_bytes()).await), "413");
}

async fn headers_have_a_number_and_a_size(server: &Server) {
    let listening = Listening::start(server).await;
    let with = |headers: String| format!("GET /-/health HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    let many: String = (0..300).map(|number| format!("x-{number}: 1\r\n")).collect();
    assert_eq!(status(&listening.answer(with(many).as_bytes()).await), "431");
    let long = format!("x: {}\r\n", "a".repeat(300_000));
    let answer = listening.answer(with(long).as_bytes()).await;
    assert!(["431", ""].contains(&status(&answer)), "{answer}");
    assert_eq!(status(&listening.get("/-/health").await), "204", "it lives");
}

async fn what_follows_a_request_and_is_none_is_refused(server: &Server) {
    let listening = Listening::start(server).await;
    let answer = listening
        .answer(b"GET /-/health HTTP/1.1\r\nhost: x\r\n\r\n\x16\x03\x01 garbage\r\n\r\n")
        .await;
    let mut answers = answer.split("HTTP/1.1 ").skip(1);
    assert!(answers.next().unwrap().starts_with("204"), "{answer}");
    assert!(answers.all(|rest| rest.starts_with("400")), "{answer}");
    for smuggled in [
        "POST /-/health HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        "POST /-/health HTTP/1.1\r\nhost: x\r\ntransfer-encoding: nothing\r\n\r\n",
        "GET /-/health HTTP/1.1\r\nhost: x\r\nx: a\rb\r\n\r\n",
        "GET /-/health HTTP/9.9\r\nhost: x\r\n\r\n",
    ] {
        let answer = listening.answer(smuggled.as_bytes()).await;
        assert_eq!(status(&answer), "400", "{smuggled:?}: {answer}");
    }
}

async fn paths_lead_nowhere_else(server: &Server) {
    let listening = Listening::start(server).await;
    let long = format!("/{}", "a".repeat(40_000));
    for path in [
        "//api/v1/schemes",
        "/api/v1//schemes",
        "/api/v1/../v1/schemes",
        "/api/v1/%2e%2e/v1/schemes",
        "/api/v1/schemes/%00",
        "/api/v1/schemes/..%2f..%2f..%2fetc%2fpasswd",
        "/api/docs/../../Cargo.toml",
        "/api/docs/%2e%2e/%2e%2e/etc/passwd",
        "/api/docs/%00",
        "/etc/passwd",
        "/api/v1/schemes/\u{ff}",
        &long,
    ] {
        let answer = listening.get(path).await;
        assert!(["404", "400"].contains(&status(&answer)), "{path}: {answer}");
        assert!(!answer.contains("root:"), "{path}");
    }
    let answer = listening.get(&format!("/{}", "a".repeat(300_000))).await;
    assert!(["414", "431", ""].contains(&status(&answer)), "{answer}");
}

async fn nothing_sent_becomes_a_header(server: &Server) {
    let listening = Listening::start(server).await;
    for path in [
        "/api/v1/schemes/x%0d%0aset-cookie:%20a=b",
        "/api/v1/schemes?x=%0d%0aset-cookie:%20a=b",
        "/api/docs%0d%0aset-cookie:%20a=b",
    ] {
        let answer = listening.get(path).await.to_lowercase();
        assert!(!answer.contains("\r\nset-cookie"), "{path}: {answer}");
    }
    let answer = listening
        .answer(
            b"GET /-/health HTTP/1.1\r\nhost: evil.example\r\nx-forwarded-host: evil.example\r\n\
            trace-id: evil\r\nconnection: close\r\n\r\n",
        )
        .await;
    assert!(!answer.contains("evil"), "{answer}");
}

async fn what_is_packed_is_not_unpacked(server: &Server) {
    let listening = Listening::start(server).await;
    // The beginning of a kilobyte of gzip, whatever it would grow to.
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    bomb.extend([0xaa; 1000]);
    for encoding in ["gzip", "deflate", "br", "identity, gzip"] {
        let answer = listening.post(&format!("content-encoding: {encoding}\r\n"), &bomb).await;
        assert_eq!(status(&answer), "415", "{encoding}: {answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
}

async fn json_of_any_depth_is_survived(server: &Server) {
    let listening = Listening::start(server).await;
    let deep = |open: &str, close: &str| open.repeat(10_000) + &close.repeat(10_000);
    for body in [
        deep("[", "]"),
        "{\"a\":".repeat(10_000),
        format!("{{\"name\": {}, \"password\": \"x\"}}", deep("[", "]")),
        format!("{{\"name\": \"x\", \"password\": \"y\", \"more\": {}}}", deep("[", "]")),
    ] {
        let answer = listening.post("", body.as_bytes()).await;
        assert!(["400", "422"].contains(&status(&answer)), "{answer}");
    }
    assert_eq!(status(&listening.get("/-/health").await), "204", "it lives");
}

async fn a_stop_answers_what_was_accepted(server: &Server) {
    let listening = Listening::start(server).await;
    let body = "{\"name\": \"nobody\", \"password\": \"generated-1\"}";
    let mut under_way = listening.connect().await;
    under_way.write_all(head("", body.len()).as_bytes()).await.unwrap();
    let mut idle = listening.connect().await;
    sleep(Duration::from_millis(200)).await;
    let Listening { address, stop, ended } = listening;
    stop.send(()).unwrap();
    sleep(Duration::from_millis(200)).await;
    assert!(TcpStream::connect(address).await.is_err(), "nobody new is let in");
    assert_eq!(rest(&mut idle).await, "", "who asked for nothing is let go");
    assert!(!ended.is_finished(), "it waits for what is under way");
    under_way.write_all(body.as_bytes()).await.unwrap();
    let answer = rest(&mut under_way).await;
    assert_eq!(status(&answer), "401", "{answer}");
    timeout(PATIENCE, ended).await.unwrap().unwrap();
}

async fn connections_have_a_number(server: &Server) {
    let listening = Listening::start(server).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(listening.connect().await);
    }
    sleep(Duration::from_millis(100)).await;
    let mut fifth = listening.connect().await;
    fifth
        .write_all(b"GET /-/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut byte = [0];
    let early = timeout(Duration::from_millis(300), fifth.read_exact(&mut byte)).await;
    assert!(early.is_err(), "it waits until there is room");
    held.pop();
    let answer = rest(&mut fifth).await;
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
}
