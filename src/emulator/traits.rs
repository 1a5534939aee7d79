//! Questions about Azure that no public source settles, each with the way that `--trait` decides
//! it.

use std::fmt::Write;
use std::str::FromStr;

/// Makes [`Trait`] of one entry for each question: its variant, its name, what it does, and what
/// happens without it. Help, errors and the README list the entries in this order.
macro_rules! traits {
    ($($variant:ident, $name:literal, $effect:literal, $default:literal;)+) => {
        /// A question about Azure, decided other than usual.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Trait {
            $(#[doc = concat!($effect, ". By default: ", $default, ".")] $variant,)+
        }

        impl Trait {
            /// Every trait, in the order of their list.
            pub const ALL: [Self; TRAITS.len()] = [$(Self::$variant),+];
        }

        /// Each trait with its name, its effect and the default.
        const TRAITS: &[(Trait, &str, &str, &str)] =
            &[$((Trait::$variant, $name, $effect, $default),)+];
    };
}

traits! {
    PutDropsKeys, "put-drops-keys",
        "PUT on an existing extension drops settings that the body leaves out",
        "they stay";
    IgnoresBodyTypes, "ignores-body-types",
        "instance types in the body of a compute have no effect",
        "they are stored";
    HidesClusterTypes, "hides-cluster-types",
        "a compute shows only the instance types that are stored",
        "it also shows those of its cluster";
    ReturnsClusterTypes, "returns-cluster-types",
        "no effect: this is the default, unless `hides-cluster-types` is given",
        "the same";
    DropsUndeclaredIdentity, "drops-undeclared-identity",
        "PUT of a compute without an identity removes the one it has",
        "it stays";
    VersionUnderAutoUpgrade, "version-under-auto-upgrade",
        "an extension under auto-upgrade shows the running version as `version`",
        "null";
    EmptyProtectedMapWipes, "empty-protected-map-wipes",
        "PATCH with an empty protected map wipes the secrets",
        "it changes nothing";
    HidesProtectedNames, "hides-protected-names",
        "GET shows no protected setting",
        "their names, each with an empty value";
    LaxInstanceTypes, "lax-instance-types",
        "the cluster's definition of instance types does not describe their amounts",
        "cpu and memory are required in both maps, as text above zero";
}

impl FromStr for Trait {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let entry = TRAITS.iter().find(|(_, it, ..)| *it == name);
        entry.map(|(it, ..)| *it).ok_or_else(|| {
            let names: Vec<_> = TRAITS.iter().map(|(_, name, ..)| *name).collect();
            format!("there is no such trait; the traits are {}", names.join(", "))
        })
    }
}

/// The traits as `--help` shows them.
pub(crate) fn help() -> String {
    TRAITS.iter().fold(String::new(), |mut help, (_, name, effect, default)| {
        // Writing into a String cannot fail.
        let _ = writeln!(help, "  {name:<28}{effect}\n  {:<28}(default: {default})", "");
        help
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const HEAD: &str = "| trait | with it | default |\n|---|---|---|\n";

    #[test]
    fn the_readme_lists_the_traits() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let readme = fs::read_to_string(&file).unwrap();
        let (before, rest) = readme.split_once(HEAD).expect("the README has the table");
        let (_, after) = rest.split_once("\n\n").expect("text follows the table");
        let rows = TRAITS
            .iter()
            .map(|(_, name, effect, default)| format!("| `{name}` | {effect} | {default} |\n"));
        let current = format!("{before}{HEAD}{}\n{after}", rows.collect::<String>());
        if readme != current {
            fs::write(&file, current).unwrap();
            panic!(
                "README.md did not list the traits as they are. It does now: look, and test again"
            );
        }
    }

    #[test]
    fn a_trait_is_known_by_its_name() {
        assert_eq!("put-drops-keys".parse(), Ok(Trait::PutDropsKeys));
        for (it, name, ..) in TRAITS {
            assert_eq!(name.parse(), Ok(*it), "no two have one name");
        }
    }
}
