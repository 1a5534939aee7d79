//! What a change of an extension means for those who use its cluster.

use super::declared::Declared;
use super::impacts::{fold_impacts, impacts, loss};
use super::update::{Leaving, update};
use crate::Impact;

/// How an extension changes.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// It is installed where there is none.
    Install,
    /// It changes in place, from what was written to what is.
    Update { before: &'a Declared, after: &'a Declared },
    /// It goes, for good or to be installed again.
    Uninstall,
}

/// What a change means, in the order in which it is reported. Paths are relative to the resource.
#[derive(Clone, Debug, Default)]
pub struct Consequences {
    pub loss: Option<Impact>,
    /// Settings that change in place.
    pub changing: Vec<Impact>,
    /// Settings that are no longer written and stay in the service.
    pub leaving: Vec<Impact>,
}

/// What it means that the extension of this name changes so.
pub fn consequences(extension: &str, change: Change<'_>) -> Consequences {
    match change {
        Change::Install => Consequences::default(),
        Change::Uninstall => {
            Consequences { loss: Some(loss(extension)), ..Consequences::default() }
        }
        Change::Update { before, after } => Consequences {
            loss: None,
            changing: impacts(before, after),
            leaving: update(before, after).leaving.iter().map(Leaving::impact).collect(),
        },
    }
}

impl Consequences {
    /// All of them, many entries of one map in the same way as one.
    pub fn fold(self) -> Vec<Impact> {
        let changing = fold_impacts(self.changing, "change");
        let leaving = fold_impacts(self.leaving, "stay in the service");
        self.loss.into_iter().chain(changing).chain(leaving).collect()
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::Attr;

    use super::{Change, consequences};
    use crate::settings::{Declared, Settings};

    #[test]
    fn an_extension_is_lost_or_changes_in_place() {
        let of = |settings| Declared { settings, ..Declared::default() };
        let before = of(Settings {
            enable_training: Attr::Known(true),
            install_prom_op: Attr::Known(false),
            ..Settings::default()
        });
        let after = of(Settings { enable_training: Attr::Known(false), ..Settings::default() });
        let update = Change::Update { before: &before, after: &after };
        let expected = [
            (Change::Install, vec![]),
            (Change::Uninstall, vec!["aml is uninstalled"]),
            (
                update,
                vec![
                    "enable_training changes to False",
                    "install_prom_op stays False in the service",
                ],
            ),
        ];
        for (change, expected) in expected {
            let found = consequences("aml", change).fold();
            let found: Vec<_> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{change:?}");
        }
    }
}
