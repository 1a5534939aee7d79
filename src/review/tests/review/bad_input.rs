//! Input that is no plan: each is refused and says why and where.

use std::ffi::OsString;

use crate::support::{SCHEMAS, fixture};

#[test]
fn what_is_no_plan_is_refused_with_the_way_out() {
    let cases: [(&[u8], &str); 16] = [
        (b"", "the input is empty"),
        (b" \n", "the input is empty"),
        (b"PK\x03\x04rest", "a saved plan, not its JSON"),
        (b"\x80\x81", "not text"),
        (b"not a plan", "expected ident at line 1 column 2"),
        (b"5", "invalid type: integer `5`, expected a plan"),
        (b"[]", "JSON, but not a plan"),
        (b"{}", "JSON, but not a plan"),
        (br#"{"format_version":1.2,"resource_changes":[]}"#, "JSON, but not a plan"),
        (br#"{"format_version":"1.0","values":{}}"#, "a state, not a plan"),
        (br#"{"format_version":"1.0"}"#, "JSON, but not a plan"),
        (br#"{"format_version":"2.0","resource_changes":[]}"#, "format version \"2.0\""),
        (br#"{"format_version":"0.2","resource_changes":[]}"#, "format version \"0.2\""),
        (br#"{"@level":"info","@message":"x"}{"@level":"info"}"#, "the log of `plan -json`"),
        (br#"{"format_version":"1.2","resource_changes":[5]}"#, "at line 1 column"),
        (br#"{"format_version":"1.2","resource_changes":[]} x"#, "trailing characters"),
    ];
    for (input, why) in cases {
        let told = review::review(input, &SCHEMAS).unwrap_err().to_string();
        assert!(told.contains(why), "{why:?} in {told:?}");
    }
}

/// Cut anywhere, a plan is refused; the message says where it ends.
#[test]
fn a_truncated_plan_says_where_it_ends() {
    let plan = fixture("written/update");
    let whole = String::from_utf8(plan).unwrap();
    for end in (1..whole.trim_end().len()).step_by(97) {
        let told = review::review(&whole.as_bytes()[..end], &SCHEMAS).unwrap_err().to_string();
        let line = whole[..end].matches('\n').count() + 1;
        let place = [format!("at line {line},"), format!("at line {},", line - 1)];
        assert!(place.iter().any(|place| told.contains(place)), "{told} after {end} bytes");
    }
}

/// As a shell of Windows redirects it, and with a byte order mark.
#[test]
fn other_encodings_of_the_same_plan() {
    let plan = fixture("tofu-1.12.6/one-quantity");
    let text = String::from_utf8(plan.clone()).unwrap();
    let expected = review::review(&plan, &SCHEMAS).unwrap();
    let little = text.encode_utf16().flat_map(u16::to_le_bytes);
    let big = text.encode_utf16().flat_map(u16::to_be_bytes);
    let encoded = [
        [0xEF, 0xBB, 0xBF].into_iter().chain(text.bytes()).collect::<Vec<u8>>(),
        [0xFF, 0xFE].into_iter().chain(little).collect(),
        [0xFE, 0xFF].into_iter().chain(big).collect(),
    ];
    for input in encoded {
        assert_eq!(review::review(&input, &SCHEMAS).unwrap(), expected);
    }
}

#[test]
fn a_plan_of_100_megabytes_is_refused_before_it_is_held() {
    let mut endless = std::io::repeat(b' ');
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let none = std::iter::empty::<OsString>();
    let code = review::run(&SCHEMAS, none, &mut endless, &mut out, &mut err);
    assert_eq!(code, std::process::ExitCode::FAILURE);
    let told = String::from_utf8(err).unwrap();
    assert!(told.contains("larger than 64 MiB") && out.is_empty(), "{told}");
}

/// JSON nested deeper than anybody writes is refused, not followed until the stack ends.
#[test]
fn deep_nesting_is_refused() {
    let deep = "[".repeat(100_000);
    let plan = format!(r#"{{"format_version":"1.2","resource_changes":{deep}"#);
    assert!(review::review(plan.as_bytes(), &SCHEMAS).is_err());
}
