//! A token that is ready to use.

use std::sync::Arc;

use azure::credential::{self, TokenSource};
use framework::Sensitive;

use super::{Chosen, Method, SignInContext, SignInMethod};
use crate::config::Config;
use crate::config::environment::Source;

pub(super) const METHOD: Method =
    Method { name: "access token", usage: "access_token (AZUREML_ACCESS_TOKEN)", choose };

#[derive(Debug)]
pub(crate) struct AccessToken(Sensitive<String>);

fn choose(config: &Config, source: &Source<'_>) -> Chosen {
    let token = source.secret("access_token", &config.access_token)?;
    Ok(token.map(|token| Arc::new(AccessToken(token)) as Arc<dyn SignInMethod>))
}

impl SignInMethod for AccessToken {
    fn secrets(&self) -> Vec<&Sensitive<String>> {
        vec![&self.0]
    }

    fn token_source(&self, _context: &SignInContext<'_>) -> Box<dyn TokenSource> {
        Box::new(credential::AccessToken::new(&self.0))
    }

    fn has_tenants(&self) -> bool {
        false
    }

    fn serves_clusters(&self) -> bool {
        false
    }
}
