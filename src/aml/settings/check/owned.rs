//! What the free maps say of side resources, for which there are arguments.
//!
//! The CLI's users write all of it there, so deriving settings takes it; a configuration has one way
//! to say a thing.

use vocabulary::Problem;

use super::at;
use crate::settings::declared::Declared;
use crate::settings::keys::{SECRETS, argument_of};
use crate::settings::wire;

/// Checks the keys of the free maps that belong to an argument.
pub fn check_owned(declared: &Declared) -> Vec<Problem> {
    let plain = declared.plain.present_keys().filter_map(|key| check_derived_key(key));
    plain.chain(check_unused_strings(declared)).collect()
}

/// A key of the plain map that an argument stands for. That a secret is none of this map's is told
/// in any case.
fn check_derived_key(key: &str) -> Option<Problem> {
    if SECRETS.contains(&key) {
        return None;
    }
    let (argument, attribute) = argument_of(key)?;
    let cause = format!("{key} follows from the argument {argument}");
    let fix = format!("set {argument}.{attribute} instead");
    Some(Problem::error(at("configuration_settings").key(key), cause, fix))
}

/// A connection string of what the extension is not told to use.
fn check_unused_strings(declared: &Declared) -> Vec<Problem> {
    let logs = (&declared.log_analytics, "log_analytics", wire::LOG_ANALYTICS_SHARED_KEY);
    let bus = (&declared.service_bus, "service_bus", wire::SERVICE_BUS_CONNECTION_STRING);
    let secrets = declared.protected_known();
    let given = |string: &str| secrets.get(string).is_some_and(|it| !it.expose().is_empty());
    let idle = [bus, logs].into_iter().filter(|(mode, _, string)| mode.is_null() && given(string));
    let problem = |(_, argument, string): (_, &str, &str)| {
        let cause = format!("{string} is sent, but {argument} does not say that it is used");
        let fix = format!("write {argument} = {{ mode = \"existing\", … }}, or leave it out");
        Problem::warning(at("configuration_protected_settings").key(string), cause, fix)
    };
    idle.map(problem).collect()
}

#[cfg(test)]
mod tests {
    use vocabulary::{Attr, Sensitive};

    use super::check_owned;
    use crate::settings::{Declared, Mode};

    #[test]
    fn a_key_of_an_argument_is_refused_with_its_name() {
        let keys = ["servicebus.enabled", "servicebus.topicSubMapping.t", "servicebus.other"];
        let plain = keys.map(|key| (key.to_owned(), Attr::Known("x".to_owned())));
        let declared = Declared { plain: Attr::Known(plain.into()), ..Declared::default() };
        let told: Vec<_> = check_owned(&declared)
            .into_iter()
            .map(|problem| format!("{}: {}", problem.path.to_reference(), problem.fix))
            .collect();
        let expected = [
            r#"configuration_settings["servicebus.enabled"]: set service_bus.mode instead"#,
            r#"configuration_settings["servicebus.topicSubMapping.t"]: set service_bus.mode instead"#,
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_string_that_nothing_uses_is_noted() {
        let keys = ["serviceBusConnectionString", "azure_log_analytics.connection_string"];
        let secrets = keys.map(|key| (key.to_owned(), Attr::Known(Sensitive::from("s"))));
        let mut declared =
            Declared { protected: Attr::Known(secrets.into()), ..Declared::default() };
        assert_eq!(check_owned(&declared).iter().filter(|it| !it.is_error()).count(), 2);
        declared.service_bus = Attr::Known(Mode::Existing);
        declared.log_analytics = Attr::Unknown;
        assert_eq!(check_owned(&declared), []);
    }
}
