//! A [`Provider`] without its type.

use std::sync::Arc;

use super::model::{read_model, round_trip, validate};
use super::panic;
use crate::context::Failure;
use crate::schema::Schema;
use crate::secrets::Secrets;
use crate::traits::{ConfiguredProvider, NotConfigured, Provider};
use crate::value::{Value, ValueError};
use vocabulary::{Diagnostics, Path};

pub(crate) trait DynProvider: Send + Sync {
    fn validate(&self, config: &Value) -> Diagnostics;
    fn configure(&self, config: &Value) -> Result<(), Failure>;
    /// Blocks that may be unknown when it is configured.
    fn late_blocks(&self) -> &'static [&'static str];
    /// The block has an unknown value at that path: nothing is configured.
    fn set_unknown(&self, at: Path);
    /// Why no call can have the provider; `None`: every call can.
    fn not_configured(&self) -> Option<NotConfigured>;
    fn secrets(&self) -> Secrets;
    fn round_trip(&self, value: &Value, schema: &Schema) -> Result<Value, ValueError>;
}

impl<P: Provider> DynProvider for Arc<ConfiguredProvider<P>> {
    fn validate(&self, config: &Value) -> Diagnostics {
        validate(config, P::validate)
    }

    fn configure(&self, config: &Value) -> Result<(), Failure> {
        let config: P::Config = read_model(config)?;
        let provider = panic::catch_result(|| P::configure(config))?;
        self.set_ready(provider);
        Ok(())
    }

    fn late_blocks(&self) -> &'static [&'static str] {
        P::LATE_BLOCKS
    }

    fn set_unknown(&self, at: Path) {
        ConfiguredProvider::set_unknown(self, at);
    }

    fn not_configured(&self) -> Option<NotConfigured> {
        self.get().err()
    }

    fn secrets(&self) -> Secrets {
        self.get().map(|provider| provider.secrets()).unwrap_or_default()
    }

    fn round_trip(&self, value: &Value, schema: &Schema) -> Result<Value, ValueError> {
        round_trip::<P::Config>(value, schema)
    }
}
