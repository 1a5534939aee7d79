//! Lists, page by page.

use kube::core::params::ListParams;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Cluster;
use super::absence::Absence;
use super::request::{Call, Request};
use crate::call_options::CallOptions;
use crate::error::Error;
use crate::resource_type::ResourceType;

/// A list that changes faster than it is read is begun anew so many times.
const MAX_RESTARTS: usize = 5;

/// Which objects of a type are listed.
#[derive(Clone, Copy, Debug)]
pub struct ListQuery<'a> {
    /// Those in a namespace; otherwise all.
    pub namespace: Option<&'a str>,
    /// Those with these labels, as `kubectl -l` takes them.
    pub labels: Option<&'a str>,
    /// Those with these fields.
    pub fields: Option<&'a str>,
    /// How many come with one answer. Each of them is in memory twice at a time.
    pub page_size: u32,
}

#[derive(Deserialize)]
struct Page<T> {
    #[serde(default)]
    metadata: PageMetadata,
    items: Vec<T>,
}

#[derive(Default, Deserialize)]
struct PageMetadata {
    #[serde(default, rename = "continue")]
    next: Option<String>,
}

/// How a page was answered.
enum Outcome<T> {
    Page(Page<T>),
    /// The list has changed too much since its first page.
    Expired,
    ApiAbsent,
}

impl Default for ListQuery<'_> {
    fn default() -> Self {
        Self { namespace: None, labels: None, fields: None, page_size: 250 }
    }
}

impl Cluster {
    /// Folds the objects of a list, of which `T` is what is read, into `A`. A page is dropped before
    /// the next one is asked for. `None` where the API server does not serve the type.
    pub async fn fold_list<T: DeserializeOwned, A: Default>(
        &self, resource: &ResourceType, query: ListQuery<'_>, options: CallOptions<'_>,
        mut add: impl FnMut(&mut A, T),
    ) -> Result<Option<A>, Error> {
        let call = Call::of_type("list", resource, query.namespace);
        for _ in 0..=MAX_RESTARTS {
            let mut all = A::default();
            let mut next: Option<String> = None;
            loop {
                let page = match self.read_page(&call, query, next.as_deref(), options).await? {
                    Outcome::Page(page) => page,
                    Outcome::Expired => break,
                    Outcome::ApiAbsent => return Ok(None),
                };
                page.items.into_iter().for_each(|item| add(&mut all, item));
                let follows = page.metadata.next.filter(|token| !token.is_empty());
                if follows.is_none() {
                    return Ok(Some(all));
                }
                if follows == next {
                    let why = "a page of a list links back to itself".to_owned();
                    return Err(Error::Unreachable { why });
                }
                next = follows;
            }
        }
        let message = "the list changes faster than it can be read".to_owned();
        Err(Error::Refused { status: 410, message })
    }

    /// The objects of a list.
    pub async fn list<T: DeserializeOwned>(
        &self, resource: &ResourceType, query: ListQuery<'_>, options: CallOptions<'_>,
    ) -> Result<Option<Vec<T>>, Error> {
        self.fold_list(resource, query, options, Vec::push).await
    }

    async fn read_page<T: DeserializeOwned>(
        &self, call: &Call<'_>, query: ListQuery<'_>, next: Option<&str>, options: CallOptions<'_>,
    ) -> Result<Outcome<T>, Error> {
        let params = ListParams {
            label_selector: query.labels.map(str::to_owned),
            field_selector: query.fields.map(str::to_owned),
            limit: Some(query.page_size),
            continue_token: next.map(str::to_owned),
            ..ListParams::default()
        };
        let request = Request::new(call.builder()?.list(&params))?;
        let exchanged = self.exchange(call, &request, options).await?;
        match exchanged.answer.status {
            410 if next.is_some() => Ok(Outcome::Expired),
            404 => match self.prove_absence(call, &exchanged.answer, options).await? {
                Absence::Type => Ok(Outcome::ApiAbsent),
                Absence::Object => Err(exchanged.answer.error(call)),
            },
            _ => exchanged.success(call)?.json().map(Outcome::Page),
        }
    }
}
