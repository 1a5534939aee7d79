//! How go-plugin's host and a plugin meet: variables of the environment one way, one line of stdout
//! the other.

use std::ffi::OsString;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::listener::Address;

/// Variable that only a host sets: it keeps people from starting a plugin by hand, no more.
pub const COOKIE: &str = "TF_PLUGIN_MAGIC_COOKIE";
/// What [`COOKIE`] must hold.
pub const COOKIE_VALUE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
/// Variable with the host's certificate in PEM. Unset or empty: no TLS.
pub const CLIENT_CERTIFICATE: &str = "PLUGIN_CLIENT_CERT";
/// Variable with the first TCP port to try, where there are no unix sockets.
pub const FIRST_PORT: &str = "PLUGIN_MIN_PORT";
/// Variable with the last TCP port to try.
pub const LAST_PORT: &str = "PLUGIN_MAX_PORT";
/// Variable with the directory in which the unix socket is made.
pub const SOCKET_DIRECTORY: &str = "PLUGIN_UNIX_SOCKET_DIR";
/// Variable that a host sets when it reads a seventh field of the line.
pub const MULTIPLEX: &str = "PLUGIN_MULTIPLEX_GRPC";

/// The only protocol version spoken here. Every host since Terraform 1.0 knows it.
///
/// What the host offers in `PLUGIN_PROTOCOL_VERSIONS` therefore changes nothing: a host without 6
/// reads this version in the line and says itself that it cannot use it.
const PROTOCOL_VERSION: u8 = 6;
/// The version of go-plugin's own handshake.
const HANDSHAKE_VERSION: u8 = 1;

/// How the host wants to be met.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// PEM of the one client to serve; `None`: anybody, without TLS.
    pub client_certificate: Option<Vec<u8>>,
    /// Where the unix socket is made; `None`: the system's directory for temporary files.
    pub socket_directory: Option<PathBuf>,
    /// Ports to try in this order; `None`: any.
    pub ports: Option<RangeInclusive<u16>>,
    /// TCP on loopback also where there are unix sockets.
    pub tcp: bool,
    /// The host reads a field that says whether connections are multiplexed.
    pub multiplex: bool,
    /// Many hosts come and go, and none of them may end the process.
    pub reattach: bool,
}

/// Why no host can be met.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port that is no number.
    #[error("{variable} is not a port number")]
    Port {
        /// The variable's name.
        variable: &'static str,
    },
    /// The first port lies behind the last one.
    #[error("{FIRST_PORT} is greater than {LAST_PORT}")]
    Ports,
}

/// Whether a host has started this process, and not a human.
pub fn is_launched() -> bool {
    std::env::var_os(COOKIE).is_some_and(|value| value == COOKIE_VALUE)
}

impl Launch {
    /// Reads what go-plugin has put into the environment.
    pub fn from_environment() -> Result<Self, Error> {
        let given = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Ok(Self {
            client_certificate: given(CLIENT_CERTIFICATE).map(OsString::into_encoded_bytes),
            socket_directory: given(SOCKET_DIRECTORY).map(PathBuf::from),
            ports: ports(given(FIRST_PORT), given(LAST_PORT))?,
            tcp: false,
            multiplex: given(MULTIPLEX).is_some(),
            reattach: false,
        })
    }
}

fn ports(
    first: Option<OsString>, last: Option<OsString>,
) -> Result<Option<RangeInclusive<u16>>, Error> {
    let first = port(FIRST_PORT, first)?;
    let last = port(LAST_PORT, last)?;
    match (first, last) {
        (0, 0) => Ok(None),
        (first, last) if first > last => Err(Error::Ports),
        (first, last) => Ok(Some(first..=last)),
    }
}

fn port(variable: &'static str, value: Option<OsString>) -> Result<u16, Error> {
    let Some(value) = value else { return Ok(0) };
    value.to_str().and_then(|text| text.parse().ok()).ok_or(Error::Port { variable })
}

/// The line that tells the host where to connect, and which certificate to expect there.
pub(crate) fn format_line(
    address: &Address, certificate: Option<&[u8]>, multiplex: bool,
) -> String {
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let network = address.network();
    // This side opens no connections, so there is nothing to multiplex.
    let seventh = if multiplex { "|false" } else { "" };
    format!(
        "{HANDSHAKE_VERSION}|{PROTOCOL_VERSION}|{network}|{address}|grpc|{certificate}{seventh}\n"
    )
}

/// Prints `line`, the only thing that a plugin process ever writes to stdout.
pub(crate) fn print_to_stdout(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(line.as_bytes())?;
    stdout.flush()
}

/// What a developer exports so that Terraform connects to this process and starts none.
pub(crate) fn reattach_message(source: &str, address: &Address) -> String {
    let providers = serde_json::json!({ source: {
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL_VERSION,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.to_string() },
    }});
    let shown = providers.to_string().replace('\'', r"'\''");
    format!(
        "Provider started. To attach Terraform or OpenTofu to it, set in their shell:\n\n\
         \tTF_REATTACH_PROVIDERS='{shown}'\n\n\
         It serves until it is interrupted.\n"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // A file of seeds beside the crates would be taken for a crate.
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_port_is_read_or_refused(first in "\\PC{0,8}", last in "[0-9]{0,8}") {
            let given = |text: &str| Some(OsString::from(text));
            if let Ok(Some(range)) = ports(given(&first), given(&last)) {
                prop_assert!(range.start() <= range.end());
                prop_assert_eq!(*range.end(), last.parse::<u16>().unwrap());
            }
        }
    }

    #[test]
    fn ports_are_read_as_a_range() {
        assert_eq!(ports(None, None).unwrap(), None);
        assert_eq!(ports(Some("10000".into()), Some("25000".into())).unwrap(), Some(10000..=25000));
        assert!(matches!(ports(Some("2".into()), Some("1".into())), Err(Error::Ports)));
        assert!(matches!(
            ports(Some("1".into()), Some("70000".into())),
            Err(Error::Port { variable: LAST_PORT })
        ));
        assert!(matches!(ports(Some("x".into()), None), Err(Error::Port { variable: FIRST_PORT })));
    }

    #[test]
    fn the_line_has_a_seventh_field_only_for_a_host_that_asks() {
        let address = Address::Tcp(([127, 0, 0, 1], 4242).into());
        assert_eq!(format_line(&address, None, false), "1|6|tcp|127.0.0.1:4242|grpc|\n");
        assert_eq!(
            format_line(&address, Some(&[1, 2]), true),
            "1|6|tcp|127.0.0.1:4242|grpc|AQI|false\n"
        );
    }
}
