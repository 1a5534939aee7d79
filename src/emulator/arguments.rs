//! The command line of `azureml-emulator`.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::fs;
use std::time::Duration;

use lexopt::Arg::{Long, Short};
use lexopt::{Parser, ValueExt};
use serde_json::Value;

use crate::options::Options;
use crate::role::Role;
use crate::traits;

const USAGE: &str = "\
Emulator of the Azure APIs that the azureml Terraform provider calls.

Usage: azureml-emulator [OPTIONS] [-- COMMAND [ARGUMENTS]]

With a COMMAND (`-- terraform test`) it starts, runs the command with the environment that points the
provider to it, stops, and exits with the command's code. Without a command it prints that environment
for a shell, and serves until it is interrupted. Its address is a page for a browser.

Options:
  --port PORT                 port on 127.0.0.1 (default: any free one)
  --tls DIR                   serve TLS; the authority's certificate is written to DIR/ca.pem
  --latency TIME              wait before each response (`250ms`, `2s`, `1m`)
  --operation-duration TIME   how long an operation runs (default: ends at the first poll)
  --no-retry-after            leave Retry-After out of the responses of operations
  --page-size NUMBER          objects in a page of a list (default: 1000; Azure publishes no number)
  --throttle                  limit requests as Azure Resource Manager does
  --record DIR                write each request with its response as a JSON file into DIR
  --seed FILE                 JSON object: objects by ARM ID; null removes a default object. Versions
                              of extensions lie below /providers/, as /emulator/objects shows
  --kubeconfig FILE           the cluster behind every emulated one, by FILE's current context:
                              extensions install there, credentials lead there
  --client-certificate FILE   PEM certificate that is registered on the application; can be repeated
  --role FILE                 definition of a role with `Actions`; what it lacks is refused with 403
  --arc-keys DIR              where the agent of an Arc server writes its keys
  --state FILE                keep all objects in FILE across restarts
  --trait NAME                decide a question that no public source answers other than by default;
                              can be repeated
  --help                      print this help
";

/// What `--help` prints.
pub fn usage() -> String {
    format!("{USAGE}\nTraits:\n{}", traits::help())
}

/// What the command line asks for.
#[derive(Debug)]
pub struct Invocation {
    /// How the emulator behaves.
    pub options: Options,
    /// The program to run beside it and its arguments; never empty.
    pub command: Option<Vec<OsString>>,
}

/// Reads the arguments after the program's name. `None` means that help was asked for.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Option<Invocation>, lexopt::Error> {
    let mut parser = Parser::from_args(arguments);
    let mut options = Options::default();
    loop {
        if let Some(command) = command(&mut parser)? {
            return Ok(Some(Invocation { options, command: Some(command) }));
        }
        match parser.next()? {
            None => return Ok(Some(Invocation { options, command: None })),
            Some(Long("help") | Short('h')) => return Ok(None),
            Some(Long("throttle")) => options.throttle = true,
            Some(Long("no-retry-after")) => options.retry_after = false,
            Some(Long("port")) => options.port = parser.value()?.parse_with(port)?,
            Some(Long("tls")) => options.tls = Some(parser.value()?.into()),
            Some(Long("latency")) => options.latency = parser.value()?.parse_with(duration)?,
            Some(Long("operation-duration")) => {
                options.operation_duration = parser.value()?.parse_with(duration)?;
            }
            Some(Long("page-size")) => options.page_size = parser.value()?.parse_with(page_size)?,
            Some(Long("record")) => options.record = Some(parser.value()?.into()),
            Some(Long("state")) => options.state = Some(parser.value()?.into()),
            Some(Long("client-certificate")) => {
                options.client_certificates.push(parser.value()?.into());
            }
            Some(Long("arc-keys")) => options.arc_keys = Some(parser.value()?.into()),
            Some(Long("kubeconfig")) => options.kubeconfig = Some(parser.value()?.into()),
            Some(Long("seed")) => options.seed = Some(json(&parser.value()?)?),
            Some(Long("role")) => options.role = Some(role(&parser.value()?)?),
            Some(Long("trait")) => _ = options.traits.insert(parser.value()?.parse()?),
            Some(other) => return Err(format!("{}; see --help", other.unexpected()).into()),
        }
    }
}

/// What follows `--`, if that is next.
fn command(parser: &mut Parser) -> Result<Option<Vec<OsString>>, lexopt::Error> {
    let Some(mut rest) = parser.try_raw_args() else { return Ok(None) };
    if rest.next_if(|it| it == "--").is_none() {
        return Ok(None);
    }
    let command: Vec<_> = rest.collect();
    if command.is_empty() { Err("`--` needs a command after it".into()) } else { Ok(Some(command)) }
}

fn port(text: &str) -> Result<u16, &'static str> {
    text.parse().map_err(|_| "it is not a port number")
}

fn page_size(text: &str) -> Result<usize, &'static str> {
    let size = text.parse().ok().filter(|size| *size > 0);
    size.ok_or("it is not a number of objects such as `3`")
}

/// A whole number with one of the units `ms`, `s` and `m`.
fn duration(text: &str) -> Result<Duration, &'static str> {
    let units = [("ms", 1), ("s", 1_000), ("m", 60_000)];
    let milliseconds = units.iter().find_map(|(unit, milliseconds)| {
        let number = text.strip_suffix(unit)?.parse::<u64>().ok()?;
        number.checked_mul(*milliseconds)
    });
    milliseconds.map(Duration::from_millis).ok_or("it is not a time such as `250ms`, `2s` or `1m`")
}

fn role(file: &OsStr) -> Result<Role, String> {
    let definition = json(file)?;
    Role::from_definition(&definition).map_err(|error| format!("{}: {error}", file.display()))
}

fn json(file: &OsStr) -> Result<Value, String> {
    let named = |error: &dyn Display| format!("{}: {error}", file.display());
    let content = fs::read(file).map_err(|error| named(&error))?;
    serde_json::from_slice(&content).map_err(|error| named(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Option<Invocation>, String> {
        let words = line.split_whitespace().map(OsString::from);
        parse(words).map_err(|error| error.to_string())
    }

    #[test]
    fn every_option_is_read() {
        let line = "--port 8080 --tls t --latency 250ms --operation-duration 2m --no-retry-after \
                    --throttle --page-size 3 --record r --state s --kubeconfig k --arc-keys a --client-certificate b \
                    --trait put-drops-keys";
        let Invocation { options, command } = read(line).unwrap().unwrap();
        assert_eq!(command, None);
        assert_eq!((options.port, options.throttle, options.retry_after), (8080, true, false));
        assert_eq!((options.latency, options.page_size), (Duration::from_millis(250), 3));
        assert_eq!(options.operation_duration, Duration::from_mins(2));
        let Options { tls, record, state, kubeconfig, arc_keys, .. } = options;
        let paths = [tls, record, state, kubeconfig, arc_keys];
        assert_eq!(paths, ["t", "r", "s", "k", "a"].map(|it| Some(it.into())));
        assert_eq!(options.client_certificates, [std::path::PathBuf::from("b")]);
        assert_eq!(options.traits.len(), 1);
    }

    /// What a line asks for: a refusal, the help, or the options that differ from the default ones.
    fn outcome(line: &str) -> String {
        match read(line) {
            Err(error) => error,
            Ok(None) => "help".to_owned(),
            Ok(Some(Invocation { options, command })) => {
                let Options { port, latency, operation_duration, .. } = options;
                format!("{port} {latency:?} {operation_duration:?} {command:?}")
            }
        }
    }

    #[test]
    fn each_command_line_has_its_outcome() {
        for (line, expected) in [
            ("", "0 0ns 0ns None"),
            ("--port 80 --port 81", "81 0ns 0ns None"),
            ("--latency 0s --operation-duration 250ms", "0 0ns 250ms None"),
            ("--latency 2s --operation-duration 3m", "0 2s 180s None"),
            ("--help --nope", "help"),
            ("--port 1 --help", "help"),
            ("-h", "help"),
            ("--record --help", "0 0ns 0ns None"),
            ("-- -h", "0 0ns 0ns Some([\"-h\"])"),
            ("--port 1 -- a -- --port x", "1 0ns 0ns Some([\"a\", \"--\", \"--port\", \"x\"])"),
            (
                "--page-size 0",
                r#"cannot parse argument "0": it is not a number of objects such as `3`"#,
            ),
            (
                "--page-size x",
                r#"cannot parse argument "x": it is not a number of objects such as `3`"#,
            ),
            ("--port x", r#"cannot parse argument "x": it is not a port number"#),
            ("--port 70000", r#"cannot parse argument "70000": it is not a port number"#),
            ("--port --help", r#"cannot parse argument "--help": it is not a port number"#),
            ("--port -- x", r#"cannot parse argument "--": it is not a port number"#),
            ("--port", "missing argument for option '--port'"),
            (
                "--latency 5",
                r#"cannot parse argument "5": it is not a time such as `250ms`, `2s` or `1m`"#,
            ),
            (
                "--latency -1s",
                r#"cannot parse argument "-1s": it is not a time such as `250ms`, `2s` or `1m`"#,
            ),
            (
                "--latency 1.5s",
                r#"cannot parse argument "1.5s": it is not a time such as `250ms`, `2s` or `1m`"#,
            ),
            (
                "--latency 9999999999999999999m",
                r#"cannot parse argument "9999999999999999999m": it is not a time such as `250ms`, `2s` or `1m`"#,
            ),
            ("--ports", "invalid option '--ports'; see --help"),
            ("--ports 1 --help", "invalid option '--ports'; see --help"),
            ("--nope --help", "invalid option '--nope'; see --help"),
            ("-p 1", "invalid option '-p'; see --help"),
            ("-hx", "help"),
            ("-", r#"unexpected argument "-"; see --help"#),
            ("terraform test", r#"unexpected argument "terraform"; see --help"#),
            ("--throttle=yes", r#"unexpected argument for option '--throttle': "yes""#),
            ("--throttle --", "`--` needs a command after it"),
        ] {
            assert_eq!(outcome(line), expected, "{line}");
        }
        assert!(read("--trait gone").unwrap_err().contains("empty-protected-map-wipes"));
        assert!(read("--seed /nowhere/at/all").unwrap_err().starts_with("/nowhere/at/all"));
    }

    #[test]
    fn what_follows_two_hyphens_is_a_command() {
        let invocation = read("--throttle -- terraform test --help").unwrap().unwrap();
        assert!(invocation.options.throttle);
        let command = ["terraform", "test", "--help"].map(OsString::from);
        assert_eq!(invocation.command.unwrap(), command);
    }
}
