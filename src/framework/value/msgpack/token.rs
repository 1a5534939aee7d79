//! One token of msgpack after the other, borrowed from the input.

use rmp::Marker;
use rmp::decode::{RmpRead, ValueReadError};

use super::super::ValueError;

/// What is not read yet.
pub(super) struct Input<'a> {
    rest: &'a [u8],
}

/// One token: a scalar, or the head of an array or a map whose elements follow.
pub(super) enum Token<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// A string, or the bytes that some writers use for one.
    Text(&'a [u8]),
    /// So many elements follow.
    Array(usize),
    /// So many keys follow, each with its element.
    Map(usize),
    Extension(i8, &'a [u8]),
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Input<'a> {
        Input { rest: bytes }
    }

    pub(super) fn next_token(&mut self) -> Result<Token<'a>, ValueError> {
        let marker = Marker::from_u8(self.rest.read_data_u8().map_err(truncated_error)?);
        match marker {
            Marker::Null => Ok(Token::Nil),
            Marker::False => Ok(Token::Bool(false)),
            Marker::True => Ok(Token::Bool(true)),
            Marker::FixPos(value) => Ok(Token::Uint(value.into())),
            Marker::FixNeg(value) => Ok(Token::Int(value.into())),
            Marker::FixStr(len) => self.take_text(len.into()),
            Marker::FixArray(len) => self.array_token(len.into()),
            Marker::FixMap(len) => self.map_token(len.into()),
            Marker::Reserved => Err(ValueError::new("the byte c1 begins no value")),
            marker => match self.read_scalar(marker).map_err(truncated_error)? {
                Some(token) => Ok(token),
                None => self.read_sized(marker),
            },
        }
    }

    /// Passes over one value, however deep. Each round takes at least one byte.
    pub(super) fn skip(&mut self) -> Result<(), ValueError> {
        let mut values = 1_usize;
        while values > 0 {
            let inside = match self.next_token()? {
                Token::Array(len) => len,
                Token::Map(len) => len.saturating_mul(2),
                _ => 0,
            };
            values = (values - 1).saturating_add(inside);
        }
        Ok(())
    }

    fn read_scalar(&mut self, marker: Marker) -> Result<Option<Token<'a>>, ValueReadError> {
        let rest = &mut self.rest;
        Ok(Some(match marker {
            Marker::U8 => Token::Uint(rest.read_data_u8()?.into()),
            Marker::U16 => Token::Uint(rest.read_data_u16()?.into()),
            Marker::U32 => Token::Uint(rest.read_data_u32()?.into()),
            Marker::U64 => Token::Uint(rest.read_data_u64()?),
            Marker::I8 => Token::Int(rest.read_data_i8()?.into()),
            Marker::I16 => Token::Int(rest.read_data_i16()?.into()),
            Marker::I32 => Token::Int(rest.read_data_i32()?.into()),
            Marker::I64 => Token::Int(rest.read_data_i64()?),
            Marker::F32 => Token::Float(rest.read_data_f32()?.into()),
            Marker::F64 => Token::Float(rest.read_data_f64()?),
            _ => return Ok(None),
        }))
    }

    /// A token whose length comes first.
    fn read_sized(&mut self, marker: Marker) -> Result<Token<'a>, ValueError> {
        use Marker as M;
        let len = self.read_len(marker).map_err(truncated_error)?;
        match marker {
            M::Array16 | M::Array32 => self.array_token(len),
            M::Map16 | M::Map32 => self.map_token(len),
            M::Str8 | M::Str16 | M::Str32 | M::Bin8 | M::Bin16 | M::Bin32 => self.take_text(len),
            _ => {
                let code = self.rest.read_data_i8().map_err(truncated_error)?;
                Ok(Token::Extension(code, self.take_bytes(len)?))
            }
        }
    }

    fn read_len(&mut self, marker: Marker) -> Result<usize, ValueReadError> {
        use Marker as M;
        let rest = &mut self.rest;
        let len = match marker {
            M::Str8 | M::Bin8 | M::Ext8 => rest.read_data_u8()?.into(),
            M::Str16 | M::Bin16 | M::Ext16 | M::Array16 | M::Map16 => rest.read_data_u16()?.into(),
            M::FixExt1 => 1,
            M::FixExt2 => 2,
            M::FixExt4 => 4,
            M::FixExt8 => 8,
            M::FixExt16 => 16,
            _ => rest.read_data_u32()?,
        };
        Ok(usize::try_from(len).unwrap_or(usize::MAX))
    }

    fn take_text(&mut self, len: usize) -> Result<Token<'a>, ValueError> {
        self.take_bytes(len).map(Token::Text)
    }

    fn array_token(&self, len: usize) -> Result<Token<'a>, ValueError> {
        self.check_holds(len)?;
        Ok(Token::Array(len))
    }

    fn map_token(&self, len: usize) -> Result<Token<'a>, ValueError> {
        self.check_holds(len.saturating_mul(2))?;
        Ok(Token::Map(len))
    }

    /// Each value takes a byte at least, so a length beyond the input is a lie.
    fn check_holds(&self, values: usize) -> Result<(), ValueError> {
        if values > self.rest.len() {
            return Err(ValueError::new("more elements are announced than there are bytes"));
        }
        Ok(())
    }

    fn take_bytes(&mut self, len: usize) -> Result<&'a [u8], ValueError> {
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or_else(end)?;
        self.rest = rest;
        Ok(bytes)
    }
}

impl Token<'_> {
    /// What it is, for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Token::Nil => "null",
            Token::Bool(_) => "a bool",
            Token::Int(_) | Token::Uint(_) | Token::Float(_) => "a number",
            Token::Text(_) => "a string",
            Token::Array(_) => "an array",
            Token::Map(_) => "a map",
            Token::Extension(..) => "an extension",
        }
    }
}

fn end() -> ValueError {
    ValueError::new("the bytes end within the value")
}

/// A slice fails to be read for one reason only.
fn truncated_error(_: ValueReadError) -> ValueError {
    end()
}
