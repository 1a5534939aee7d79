//! The command line of `azureml-emulator`.

use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use crate::options::Options;

/// What `--help` prints.
pub const USAGE: &str = "\
Azure in a box, for the azureml Terraform provider.

Usage: azureml-emulator [OPTIONS] [-- COMMAND [ARGUMENTS]]

With a COMMAND (`-- terraform test`) it starts, runs that with the environment that points the provider
to it, stops, and ends with the command's code. Without one it prints that environment for a shell, and
serves until it is interrupted.

  --port PORT                 port on 127.0.0.1 (default: any free one)
  --tls DIR                   serve TLS; the authority's certificate is written to DIR/ca.pem
  --latency TIME              wait before each answer (`250ms`, `2s`, `1m`)
  --operation-duration TIME   how long an operation runs (default: done at the first poll)
  --no-retry-after            leave Retry-After out of the answers of operations
  --throttle                  limit requests as Azure Resource Manager does
  --record DIR                write each exchange as a JSON file into DIR
  --seed FILE                 JSON object: objects by ARM ID; null takes a default one away. Versions
                              of extensions stand below /providers/, as /emulator/objects shows
  --state FILE                keep everything in FILE across restarts
  --trait NAME                decide an open question the other way; may be repeated:
                              put-drops-keys, ignores-body-types, returns-cluster-types,
                              drops-undeclared-identity, version-under-auto-upgrade,
                              empty-protected-map-wipes, hides-protected-names,
                              hides-cluster-types (the other way of returns-cluster-types, which is
                              the default)
  --help                      print this
";

/// What the command line asks for.
#[derive(Debug)]
pub struct Invocation {
    /// How the emulator behaves.
    pub options: Options,
    /// The program to run beside it and its arguments; never empty.
    pub command: Option<Vec<OsString>>,
}

/// Reads the arguments after the program's name. `None` means that help was asked for; an error
/// is a sentence for the user.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Invocation>, String> {
    let mut options = Options::default();
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        let name = argument.to_string_lossy().into_owned();
        match name.as_str() {
            "--help" | "-h" => return Ok(None),
            "--" => {
                let command: Vec<_> = rest.collect();
                if command.is_empty() {
                    return Err("`--` needs a command after it".to_owned());
                }
                return Ok(Some(Invocation { options, command: Some(command) }));
            }
            "--throttle" => options.throttle = true,
            "--no-retry-after" => options.retry_after = false,
            _ => {
                let value = rest.next().ok_or_else(|| lacking(&name))?;
                set(&mut options, &name, value)?;
            }
        }
    }
    Ok(Some(Invocation { options, command: None }))
}

fn set(options: &mut Options, name: &str, value: OsString) -> Result<(), String> {
    let text = value.to_string_lossy().into_owned();
    match name {
        "--port" => options.port = text.parse().map_err(|_| format!("`{text}` is no port"))?,
        "--tls" => options.tls = Some(value.into()),
        "--latency" => options.latency = duration(&text)?,
        "--operation-duration" => options.operation_duration = duration(&text)?,
        "--record" => options.record = Some(value.into()),
        "--state" => options.state = Some(value.into()),
        "--trait" => drop(options.traits.insert(text.parse()?)),
        "--seed" => {
            let content = fs::read(&value).map_err(|error| format!("{text}: {error}"))?;
            let seed = serde_json::from_slice(&content).map_err(|error| format!("{text}: {error}"));
            options.seed = Some(seed?);
        }
        _ => return Err(format!("`{name}` is no option; see --help")),
    }
    Ok(())
}

fn lacking(name: &str) -> String {
    if USAGE.contains(&format!("  {name} ")) {
        format!("`{name}` needs a value")
    } else {
        format!("`{name}` is no option; see --help")
    }
}

/// A whole number with one of the units `ms`, `s` and `m`.
fn duration(text: &str) -> Result<Duration, String> {
    let units = [("ms", 1), ("s", 1_000), ("m", 60_000)];
    let found = units.iter().find_map(|(unit, milliseconds)| {
        let number = text.strip_suffix(unit)?.parse::<u64>().ok()?;
        number.checked_mul(*milliseconds)
    });
    let wrong = || format!("`{text}` is no time such as `250ms`, `2s` or `1m`");
    found.map(Duration::from_millis).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Option<Invocation>, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn every_option_is_read() {
        let line = "--port 8080 --tls t --latency 250ms --operation-duration 2m --no-retry-after \
                    --throttle --record r --state s --trait put-drops-keys";
        let Invocation { options, command } = read(line).unwrap().unwrap();
        assert_eq!(command, None);
        assert_eq!((options.port, options.throttle, options.retry_after), (8080, true, false));
        assert_eq!(options.latency, Duration::from_millis(250));
        assert_eq!(options.operation_duration, Duration::from_mins(2));
        let folders = [options.tls, options.record, options.state];
        assert_eq!(folders, ["t", "r", "s"].map(|it| Some(it.into())));
        assert_eq!(options.traits.len(), 1);
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(read("--port x").unwrap_err(), "`x` is no port");
        assert_eq!(read("--port").unwrap_err(), "`--port` needs a value");
        assert_eq!(
            read("--latency 5").unwrap_err(),
            "`5` is no time such as `250ms`, `2s` or `1m`"
        );
        assert!(read("--ports 1").unwrap_err().contains("`--ports` is no option"));
        assert!(read("--trait gone").unwrap_err().contains("empty-protected-map-wipes"));
        assert!(read("--seed /nowhere/at/all").unwrap_err().starts_with("/nowhere/at/all"));
    }

    #[test]
    fn help_wins() {
        assert!(read("--port 1 --help").unwrap().is_none());
    }

    #[test]
    fn what_follows_two_hyphens_is_a_command() {
        let invocation = read("--throttle -- terraform test --help").unwrap().unwrap();
        assert!(invocation.options.throttle);
        let command = ["terraform", "test", "--help"].map(OsString::from);
        assert_eq!(invocation.command.unwrap(), command);
        assert_eq!(read("--throttle --").unwrap_err(), "`--` needs a command after it");
        assert_eq!(read("--port -- x").unwrap_err(), "`--` is no port");
    }
}
