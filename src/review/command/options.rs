//! What was asked for on the command line.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use lexopt::Arg::{Long, Short, Value};
use lexopt::{Parser, ValueExt};
use vocabulary::nearest;

use super::flags::{FORMATS, Sets, find, flags};
use crate::Frame;
use crate::annotations::Sources;
use crate::markdown::check_title;

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) format: Format,
    pub(super) frame: Frame,
    pub(super) detailed_exitcode: bool,
    pub(super) help: bool,
    pub(super) inputs: Vec<Input>,
    /// The folders of the configurations.
    pub(super) sources: Sources,
}

/// What is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    Markdown,
    Json,
    Digest,
    GithubAnnotations,
    Gitlab,
}

/// A plan to read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Input {
    /// Its root module, where it was given as `NAME=PLAN.json`.
    pub(super) name: Option<String>,
    /// `-` is standard input.
    pub(super) file: PathBuf,
}

impl Options {
    pub(super) fn parse(
        arguments: impl Iterator<Item = OsString>,
    ) -> Result<Options, lexopt::Error> {
        let mut options = Options::default();
        let mut parser = Parser::from_args(arguments.map(with_two_hyphens));
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') => options.help = true,
                Value(input) => options.inputs.push(Input::parse(&input)?),
                Long(name) => {
                    let flag = find(name).ok_or_else(|| explain_unknown(name))?;
                    options.take(flag.sets, &mut parser)?;
                }
                Short(_) => return Err(see_help(&argument.unexpected())),
            }
        }
        check_inputs(&options.inputs)?;
        check_sources(&options.sources, &options.inputs)?;
        Ok(options)
    }

    fn take(&mut self, sets: Sets, parser: &mut Parser) -> Result<(), lexopt::Error> {
        match sets {
            Sets::DetailedExitcode => self.detailed_exitcode = true,
            Sets::Help => self.help = true,
            Sets::Format => self.format = parser.value()?.parse_with(format)?,
            Sets::Digest => self.format = Format::Digest,
            Sets::Mermaid => {
                self.frame = std::mem::take(&mut self.frame).with_pictures();
            }
            Sets::Source => self.add_source(&parser.value()?)?,
            Sets::Title => self.set(parser, Frame::title)?,
            Sets::Commit => self.set(parser, Frame::commit)?,
            Sets::RunUrl => self.set(parser, Frame::run_url)?,
            Sets::MaxLength => self.set(parser, max_length)?,
        }
        Ok(())
    }

    fn add_source(&mut self, argument: &OsString) -> Result<(), lexopt::Error> {
        let Input { name, file } = Input::parse(argument)?;
        if self.sources.contains_key(&name) {
            return Err(format!("--source {}: it has a folder already", file.display()).into());
        }
        self.sources.insert(name, file);
        Ok(())
    }

    /// Sets a part of the frame from the value that follows.
    fn set(
        &mut self, parser: &mut Parser, set: fn(Frame, &str) -> Result<Frame, &'static str>,
    ) -> Result<(), lexopt::Error> {
        let frame = std::mem::take(&mut self.frame);
        self.frame = parser.value()?.parse_with(|text| set(frame.clone(), text))?;
        Ok(())
    }
}

impl Input {
    fn parse(argument: &OsString) -> Result<Input, lexopt::Error> {
        let file = PathBuf::from(argument);
        let named = argument.to_str().and_then(|text| text.split_once('='));
        match named {
            Some((name, plan)) if !file.exists() => {
                check_title(name).map_err(|why| format!("{name:?}: {why}"))?;
                Ok(Input { name: Some(name.to_owned()), file: plan.into() })
            }
            _ => Ok(Input { name: None, file }),
        }
    }
}

/// Several plans need names that tell them apart.
fn check_inputs(inputs: &[Input]) -> Result<(), lexopt::Error> {
    if let Some(bare) = inputs.iter().find(|input| inputs.len() > 1 && input.name.is_none()) {
        let file = bare.file.display();
        return Err(format!("{file}: several plans need names, as in NAME={file}").into());
    }
    let (mut names, mut from_stdin) = (BTreeSet::new(), 0);
    for input in inputs {
        let name = input.name.as_deref().unwrap_or_default();
        if !names.insert(name) {
            return Err(format!("{name:?}: two plans have this name").into());
        }
        from_stdin += usize::from(input.file == Path::new("-"));
    }
    if from_stdin > 1 {
        return Err("standard input holds one plan only".into());
    }
    Ok(())
}

/// A folder with a name is that of a plan with this name.
fn check_sources(sources: &Sources, inputs: &[Input]) -> Result<(), lexopt::Error> {
    let is_known = |name: &Option<String>| inputs.iter().any(|input| input.name == *name);
    match sources.keys().find(|name| name.is_some() && !is_known(name)) {
        Some(name) => {
            let name = name.as_deref().unwrap_or_default();
            Err(format!("--source {name}=…: no plan has this name").into())
        }
        None => Ok(()),
    }
}

/// Terraform's options begin with one hyphen, everybody else's with two.
fn with_two_hyphens(argument: OsString) -> OsString {
    match argument.to_str() {
        Some(text) if text.len() > 2 && text.starts_with('-') && !text.starts_with("--") => {
            format!("-{text}").into()
        }
        _ => argument,
    }
}

fn format(name: &str) -> Result<Format, String> {
    Ok(match name {
        "markdown" => Format::Markdown,
        "json" => Format::Json,
        "github-annotations" => Format::GithubAnnotations,
        "gitlab" => Format::Gitlab,
        _ => return Err(explain_format(name)),
    })
}

fn explain_format(name: &str) -> String {
    let names = FORMATS.map(|(name, _)| name);
    if let Some(meant) = nearest(name, names) {
        return format!("did you mean `{meant}`?");
    }
    let [others @ .., last] = names.map(|name| format!("`{name}`"));
    format!("the formats are {} and {last}", others.join(", "))
}

fn explain_unknown(name: &str) -> lexopt::Error {
    let unknown = format!("invalid option '--{name}'");
    match nearest(name, flags().map(|flag| flag.name)) {
        Some(meant) => format!("{unknown}: did you mean `--{meant}`?").into(),
        None => see_help(&unknown),
    }
}

fn see_help(what: &dyn Display) -> lexopt::Error {
    format!("{what}: see `review --help`").into()
}

fn max_length(frame: Frame, text: &str) -> Result<Frame, &'static str> {
    let most = text.parse().map_err(|_| "a length is a whole number of characters")?;
    frame.max_length(most)
}
