//! Reads plans, from files and from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::options::Input;
use crate::plan::MOST_BYTES;
use crate::{Error, Review, Reviews, RootModule, RootModules, Schemas, review};

/// The reviews of the plans. Without an input, the plan comes from standard input.
pub(super) fn read(
    inputs: &[Input], stdin: &mut dyn Read, schemas: &Schemas,
) -> Result<Reviews, String> {
    match inputs {
        [] => Ok(one(read_plan(Path::new("-"), stdin, schemas)?)),
        [Input { name: None, file }] => Ok(one(read_plan(file, stdin, schemas)?)),
        several => {
            let module = |input: &Input| {
                let name = input.name.clone().unwrap_or_default();
                let review = read_plan(&input.file, stdin, schemas);
                let review = review.map_err(|why| format!("{name}: {why}"))?;
                Ok(RootModule { name, review })
            };
            let modules: Result<Vec<_>, String> = several.iter().map(module).collect();
            Ok(Reviews::Several(RootModules(modules?)))
        }
    }
}

fn one(review: Review) -> Reviews {
    Reviews::One(Box::new(review))
}

fn read_plan(file: &Path, stdin: &mut dyn Read, schemas: &Schemas) -> Result<Review, String> {
    let input = if file == Path::new("-") {
        read_all(stdin).map_err(|why| format!("standard input: {why}"))?
    } else {
        let named = |why: String| format!("{}: {why}", file.display());
        let mut open = File::open(file).map_err(|error| named(error.to_string()))?;
        read_all(&mut open).map_err(named)?
    };
    review(&input, schemas).map_err(|error| error.to_string())
}

fn read_all(from: &mut dyn Read) -> Result<Vec<u8>, String> {
    let mut input = Vec::new();
    let read: io::Result<usize> = from.take(MOST_BYTES + 1).read_to_end(&mut input);
    match read {
        Err(error) => Err(error.to_string()),
        Ok(_) if input.len() as u64 > MOST_BYTES => Err(Error::TooLarge(MOST_BYTES).to_string()),
        Ok(_) => Ok(input),
    }
}
