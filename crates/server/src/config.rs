//! The settings of a server. What each one means and what it is by default stands in
//! `config.toml`, which is also what `kangji serve --settings` prints.

use std::{net::SocketAddr, path::PathBuf};

use axum::http::Uri;
use serde::Deserialize;
use toml::{Table, Value};

/// The settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How it is reached.
    pub server: Server,
    /// Where things lie.
    pub data: Data,
    /// How people come in.
    pub sign_in: SignIn,
    /// How residents get codes by short message.
    pub sms: Sms,
    /// Who else proves who people are.
    pub oidc: Oidc,
    /// How villages report.
    pub village: Village,
    /// What is done by itself.
    pub jobs: Jobs,
    /// What is logged.
    pub log: Log,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained in config.toml")]
pub struct Server {
    pub listen: SocketAddr,
    pub operations: SocketAddr,
    pub public_url: String,
    pub behind_proxy: bool,
    pub connections_max: usize,
    pub patience_seconds: u64,
    pub request_seconds: u64,
    pub body_bytes_max: usize,
    pub stop_seconds: u64,
}

/// `[data]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained in config.toml")]
pub struct Data {
    pub database: String,
    pub vocabulary: PathBuf,
    pub keys: PathBuf,
    pub checkpoint_key: PathBuf,
    pub checkpoints: PathBuf,
    pub voucher_key: PathBuf,
    pub roles: PathBuf,
}

/// `[sign_in]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained in config.toml")]
pub struct SignIn {
    pub idle_minutes: u32,
    pub absolute_hours: u32,
    pub resident_days: u32,
    pub password_min: usize,
    pub second_factor: bool,
    pub free_attempts: u32,
    pub invitation_hours: u32,
    pub code_minutes: u32,
}

/// `[sms]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained in config.toml")]
pub struct Sms {
    pub url: String,
    pub token: String,
}

/// `[oidc]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained in config.toml")]
pub struct Oidc {
    pub staff: Provider,
    pub residents: Provider,
}

/// An identity provider, as `[oidc.staff]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained in config.toml")]
pub struct Provider {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: String,
}

/// `[village]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained in config.toml")]
pub struct Village {
    pub reports_per_day: u32,
}

/// `[jobs]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained in config.toml")]
pub struct Jobs {
    pub seconds: u64,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained in config.toml")]
pub struct Log {
    pub level: String,
}

/// Why there are no settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file is not TOML, or names what is no setting, or a value is of another type.
    #[error("{0}")]
    Form(String),
    /// A variable of the environment cannot be read as what the setting is.
    #[error("`{name}` cannot be `{value}`")]
    Variable {
        /// The variable.
        name: String,
        /// What it says.
        value: String,
    },
    /// Something would be sent unencrypted to another machine.
    #[error("`{0}` must be https:// or on this machine")]
    Unencrypted(&'static str),
}

impl Config {
    /// Every setting with its default and what it means.
    pub const DEFAULTS: &str = include_str!("config.toml");

    /// The defaults, with what a file and variables of the environment say otherwise.
    ///
    /// # Errors
    /// Where the file or a variable says something that cannot be.
    pub fn read(
        file: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let form = |error: toml::de::Error| ConfigError::Form(error.to_string());
        let mut settings: Table = toml::from_str(Self::DEFAULTS).map_err(form)?;
        let own: Table = toml::from_str(file).map_err(form)?;
        replace(&mut settings, own);
        from_environment("KANGJI", &mut settings, &variable)?;
        let config: Self = settings.try_into().map_err(form)?;
        let addresses = [
            ("sms.url", &config.sms.url),
            ("oidc.staff.issuer", &config.oidc.staff.issuer),
            ("oidc.residents.issuer", &config.oidc.residents.issuer),
        ];
        let unsafe_one = addresses.iter().find(|(_, url)| !url.is_empty() && !is_safe(url));
        match unsafe_one.map(|(name, _)| *name) {
            Some(name) => Err(ConfigError::Unencrypted(name)),
            None => Ok(config),
        }
    }

    /// Whether browsers reach it through an encrypted connection.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.server.public_url.starts_with("https://")
    }
}

/// Replaces single values, however deep they lie.
fn replace(settings: &mut Table, own: Table) {
    for (key, value) in own {
        match (settings.get_mut(&key), value) {
            (Some(Value::Table(known)), Value::Table(values)) => replace(known, values),
            (_, value) => {
                settings.insert(key, value);
            }
        }
    }
}

/// Replaces the values that variables name.
fn from_environment(
    prefix: &str,
    settings: &mut Table,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<(), ConfigError> {
    for (key, value) in settings {
        let name = format!("{prefix}_{key}").to_uppercase();
        if let Value::Table(values) = value {
            from_environment(&name, values, variable)?;
        } else if let Some(text) = variable(&name) {
            *value = like(value, &text).ok_or(ConfigError::Variable { name, value: text })?;
        }
    }
    Ok(())
}

/// Whether what is sent to an address cannot be read on its way.
pub(crate) fn is_safe(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    match url.scheme_str() {
        Some("https") => url.host().is_some(),
        Some("http") => matches!(url.host(), Some("127.0.0.1" | "[::1]" | "localhost")),
        _ => false,
    }
}

/// A text as a value of the same type as another one.
fn like(value: &Value, text: &str) -> Option<Value> {
    Some(match value {
        Value::Integer(_) => Value::Integer(text.parse().ok()?),
        Value::Boolean(_) => Value::Boolean(text.parse().ok()?),
        _ => Value::String(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn a_file_and_the_environment_replace_single_values() {
        let config = Config::read("", nothing).unwrap();
        assert_eq!(config.server.listen, "127.0.0.1:8080".parse().unwrap());
        let file = "[server]\nlisten = '0.0.0.0:80'\npublic_url = 'https://x.example'";
        let variable =
            |name: &str| (name == "KANGJI_SERVER_BODY_BYTES_MAX").then(|| "77".to_owned());
        let config = Config::read(file, variable).unwrap();
        assert_eq!(config.server.listen, "0.0.0.0:80".parse().unwrap());
        assert_eq!(config.server.body_bytes_max, 77);
        assert_eq!(config.server.patience_seconds, 10);
        assert!(config.is_encrypted());
    }

    #[test]
    fn settings_within_settings_are_replaced_one_by_one() {
        let file = "[oidc.staff]\nissuer = 'https://id.example'";
        let name = "KANGJI_OIDC_STAFF_CLIENT_SECRET";
        let variable = |asked: &str| (asked == name).then(|| "secret".to_owned());
        let config = Config::read(file, variable).unwrap();
        assert_eq!(config.oidc.staff.issuer, "https://id.example");
        assert_eq!(config.oidc.staff.client_secret, "secret");
        assert_eq!((config.oidc.staff.client_id, config.oidc.residents.issuer), <_>::default());
    }

    #[test]
    fn codes_are_not_sent_unencrypted() {
        let read = |url: &str| Config::read(&format!("[sms]\nurl = '{url}'"), nothing).is_ok();
        for good in ["", "https://sms.example/send", "http://127.0.0.1:9/x", "http://[::1]:9/"] {
            assert!(read(good), "{good}");
        }
        let bad = [
            "http://sms.example/send",
            "ftp://127.0.0.1/",
            "sms.example",
            "http://127.0.0.1.example/",
            "http://127.0.0.1@sms.example/",
            "http://localhost.example:80/",
        ];
        for bad in bad {
            assert!(!read(bad), "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        let problem = |file: &str| Config::read(file, nothing).unwrap_err().to_string();
        assert!(
            problem("[server]\nlisten = 7").contains("listen")
                || !problem("[server]\nlisten = 7").is_empty()
        );
        assert!(problem("[server]\nport = 7").contains("port"));
        assert!(problem("[sever]\nport = 7").contains("sever"));
        assert!(problem("server = 7").contains("server"));
        let many = |name: &str| (name == "KANGJI_JOBS_SECONDS").then(|| "many".to_owned());
        let error = Config::read("", many).unwrap_err();
        assert_eq!(error.to_string(), "`KANGJI_JOBS_SECONDS` cannot be `many`");
    }
}
