//! A real browser without a window, driven by its debugging protocol over pipes.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::tools;

/// Far more than any page here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// The protocol is on the descriptors 3 and 4; what the browser itself prints goes nowhere.
const PIPES: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

/// The certificate of the emulator has an authority that no browser knows. A foreign name leads to loopback, as one
/// does that was rebound.
const ARGUMENTS: [&str; 7] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--ignore-certificate-errors",
    "--host-resolver-rules=MAP rebound.example 127.0.0.1",
    "--remote-debugging-pipe",
];

const LOADED: &str = "Page.loadEventFired";

/// A browser with one page. It ends when it is dropped.
pub(crate) struct Browser {
    runtime: Runtime,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    /// The page, once there is one.
    session: Option<String>,
    last_call: u64,
    /// Events that nobody has waited for yet.
    events: VecDeque<String>,
    process: Child,
    /// What it stores.
    _profile: TempDir,
}

impl Browser {
    /// `None`: there is no browser, which has been reported.
    pub(crate) fn start() -> Option<Self> {
        let mut browser = Self::spawn(&tools::browser()?);
        let page = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", &attach);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        browser.call("Page.enable", &json!({}));
        Some(browser)
    }

    fn spawn(program: &Path) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder can be made");
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        let mut command = Command::new("sh");
        command.args(["-c", PIPES]).arg(program).args(ARGUMENTS);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = runtime.block_on(async { command.spawn() }).expect("the browser starts");
        let to = process.stdin.take().expect("there is a pipe");
        let from = BufReader::new(process.stdout.take().expect("there is a pipe"));
        let (session, events) = (None, VecDeque::new());
        Self { runtime, to, from, session, last_call: 0, events, process, _profile: profile }
    }

    /// Opens an address, and waits until the page is there.
    pub(crate) fn open(&mut self, url: &str) {
        self.events.clear();
        let opened = self.call("Page.navigate", &json!({ "url": url }));
        assert_eq!(opened["errorText"], Value::Null, "{url}");
        self.waits_for_load();
    }

    /// Clicks what leads to another page, and waits until that is there.
    pub(crate) fn click(&mut self, selector: &str) {
        self.events.clear();
        self.evaluate(&format!("document.querySelector({}).click()", json!(selector)));
        self.waits_for_load();
    }

    /// Fills a field.
    pub(crate) fn fill(&mut self, selector: &str, value: &str) {
        let [selector, value] = [selector, value].map(|it| json!(it));
        self.evaluate(&format!("document.querySelector({selector}).value = {value}"));
    }

    /// The text of an element as a user sees it.
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let text = self.evaluate(&format!("document.querySelector({}).innerText", json!(selector)));
        text.as_str().unwrap_or_else(|| panic!("{selector} has no text")).to_owned()
    }

    /// The value of an expression of JavaScript, which the debugger evaluates whatever the page may run.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let ask = json!({ "expression": expression, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", &ask);
        assert_eq!(answer["exceptionDetails"], Value::Null, "{expression}");
        answer["result"]["value"].clone()
    }

    /// The page from its top, as a PNG of that size.
    pub(crate) fn picture(&mut self, width: u32, height: u32) -> Vec<u8> {
        self.call("Emulation.setScrollbarsHidden", &json!({ "hidden": true }));
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let wanted = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.call("Page.captureScreenshot", &wanted);
        BASE64_STANDARD.decode(answer["data"].as_str().expect("a picture")).expect("it is base64")
    }

    /// Shows the page as a device of this width does whose user prefers this scheme of colours.
    pub(crate) fn shows(&mut self, width: u32, scheme: &str) {
        let device =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("Emulation.setDeviceMetricsOverride", &device);
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", &features);
    }

    /// Waits until the page has been loaded, or loaded again.
    pub(crate) fn waits_for_load(&mut self) {
        while self.events.pop_front().is_none_or(|event| event != LOADED) {
            if self.events.is_empty() {
                let message = self.receive();
                self.note(&message);
            }
        }
    }

    /// Calls a method, and gives its result.
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last_call += 1;
        let mut call = json!({ "id": self.last_call, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        let sent = format!("{call}\0");
        self.runtime.block_on(self.to.write_all(sent.as_bytes())).expect("the browser listens");
        loop {
            let message = self.receive();
            if message["id"] == self.last_call {
                assert_eq!(message["error"], Value::Null, "{method}");
                return message["result"].clone();
            }
            self.note(&message);
        }
    }

    fn note(&mut self, event: &Value) {
        self.events.extend(event["method"].as_str().map(str::to_owned));
    }

    fn receive(&mut self) -> Value {
        let mut message = Vec::new();
        let read = self.from.read_until(0, &mut message);
        let read = self.runtime.block_on(async { timeout(PATIENCE, read).await });
        read.expect("the browser answers in time").expect("the browser can be heard");
        message.pop();
        serde_json::from_slice(&message).expect("the browser speaks JSON")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let close = "{\"id\": 0, \"method\": \"Browser.close\"}\0";
        // One that does not end by itself is killed with the process handle.
        let _ = self.runtime.block_on(async {
            self.to.write_all(close.as_bytes()).await?;
            timeout(PATIENCE, self.process.wait()).await?
        });
    }
}
