//! The address of a resource, taken apart.

/// `module.edge["a"].azureml_arc_extension.this[0]` without its keys.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Names of the modules, the outermost first.
    pub(super) modules: Vec<String>,
    pub(super) kind: String,
    pub(super) name: String,
}

impl Address {
    /// `None` for what is no address of a resource.
    pub(super) fn parse(text: &str) -> Option<Address> {
        let mut names = names(text).into_iter();
        let mut modules = Vec::new();
        loop {
            let kind = names.next()?;
            let name = names.next()?;
            if kind == "module" {
                modules.push(name);
                continue;
            }
            return names.next().is_none().then_some(Address { modules, kind, name });
        }
    }
}

/// What stands between dots, without the keys in brackets. A key is a text in which anything may stand.
fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut name = String::new();
    let (mut is_key, mut is_quoted, mut is_escaped) = (false, false, false);
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' if is_key => is_quoted = !is_quoted,
            ']' if !is_quoted => is_key = false,
            _ if is_key => {}
            '[' => is_key = true,
            '.' => names.push(std::mem::take(&mut name)),
            c => name.push(c),
        }
    }
    names.push(name);
    names
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn keys_are_no_names() {
        let parsed = |text: &str| {
            Address::parse(text).map(|it| format!("{:?} {} {}", it.modules, it.kind, it.name))
        };
        for (text, expected) in [
            ("a.b", Some("[] a b")),
            ("a.b[0]", Some("[] a b")),
            ("module.m.a.b", Some(r#"["m"] a b"#)),
            (r#"module.m["x.y]\"["].module.n[1].a.b["."]"#, Some(r#"["m", "n"] a b"#)),
            ("a", None),
            ("", None),
            ("data.a.b", None),
            ("module.m", None),
        ] {
            assert_eq!(parsed(text).as_deref(), expected, "{text}");
        }
    }
}
