//! The body of an answer, as it comes.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// Collects the parts of a body. API servers compress what is large.
pub(super) enum Body {
    Plain(Limited),
    /// Compressed, and still empty: then it has no form at all.
    Empty(Limited),
    Gzip(Box<MultiGzDecoder<Limited>>),
}

/// At most so many bytes: a compressed body does not show how many it becomes.
pub(super) struct Limited {
    bytes: Vec<u8>,
    limit: usize,
}

impl Body {
    /// A body that comes with these headers. One of more bytes than the limit is an error of the kind
    /// `FileTooLarge`.
    pub(super) fn new(headers: &HeaderMap, limit: usize) -> Self {
        let empty = Limited { bytes: Vec::new(), limit };
        let is_gzip = headers.get(CONTENT_ENCODING).is_some_and(|it| it.as_bytes() == b"gzip");
        if is_gzip { Self::Empty(empty) } else { Self::Plain(empty) }
    }

    /// Adds what has come.
    pub(super) fn add(mut self, part: &[u8]) -> io::Result<Self> {
        if let Self::Empty(body) = self {
            self = Self::Gzip(Box::new(MultiGzDecoder::new(body)));
        }
        match &mut self {
            Self::Plain(body) | Self::Empty(body) => body.write_all(part)?,
            Self::Gzip(decoder) => decoder.write_all(part)?,
        }
        Ok(self)
    }

    /// The whole body.
    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain(body) | Self::Empty(body) => Ok(body.bytes),
            Self::Gzip(decoder) => Ok(decoder.finish()?.bytes),
        }
    }
}

impl Write for Limited {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + part.len() > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::HeaderValue;

    use super::*;

    fn compress(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    const LIMIT: usize = 1 << 20;

    /// Takes a body that comes in parts.
    fn take(encoding: Option<&'static str>, bytes: &[u8]) -> Result<Vec<u8>, io::ErrorKind> {
        let encoding = encoding.map(|name| (CONTENT_ENCODING, HeaderValue::from_static(name)));
        let body = Body::new(&encoding.into_iter().collect(), LIMIT);
        let whole = bytes.chunks(7).try_fold(body, Body::add).and_then(Body::finish);
        whole.map_err(|error| error.kind())
    }

    #[test]
    fn what_is_compressed_is_read_like_what_is_not() {
        for text in ["", "{}", "{\"items\": []}"] {
            let text = text.as_bytes();
            assert_eq!(take(None, text).as_deref(), Ok(text));
            assert_eq!(take(Some("gzip"), &compress(text)).as_deref(), Ok(text));
        }
        // As with a 204.
        assert_eq!(take(Some("gzip"), b"").as_deref(), Ok(&b""[..]));
    }

    #[test]
    fn what_is_compressed_and_cut_or_damaged_is_an_error() {
        let whole = compress(b"{\"items\": []}");
        let cut = &whole[..whole.len() - 9];
        let mut damaged = whole.clone();
        damaged[12] ^= 0x55;
        for bytes in [cut, &damaged, b"{}"] {
            assert!(take(Some("gzip"), bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_body_has_a_largest_size_however_small_it_comes() {
        let largest = vec![b' '; LIMIT];
        let larger = vec![b' '; LIMIT + 1];
        assert!(compress(&larger).len() < LIMIT / 100);
        for encoding in [None, Some("gzip")] {
            let sent = |text| encoding.map_or_else(|| Vec::from(text), |_| compress(text));
            assert_eq!(take(encoding, &sent(&largest)).map(|body| body.len()), Ok(LIMIT));
            assert_eq!(take(encoding, &sent(&larger)), Err(io::ErrorKind::FileTooLarge));
        }
    }
}
