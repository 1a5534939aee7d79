//! The page of the emulator in a real browser.

use std::fs;
use std::path::Path;
use std::time::Duration;

use emulator::Options;
use hyper::Method;
use serde_json::{Value, json};

use crate::support::azure::{Azure, GROUP};
use crate::support::browser::Browser;

const ADD: &str = "form[action*='faults/add']";
/// How many pixels of the page are beside its window.
const OVERHANG: &str =
    "document.documentElement.scrollWidth - document.documentElement.clientWidth";

fn cluster(name: &str) -> String {
    format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/{name}")
}

fn extension_id() -> String {
    let cluster = cluster("amlarc-cluster");
    format!("{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/amlarc-compute")
}

fn address(azure: &Azure) -> &str {
    &azure.environment()["ARM_RESOURCE_MANAGER_ENDPOINT"]
}

/// An extension whose operation does not end by itself.
fn installs_an_extension(azure: &Azure) {
    let body = json!({
        "identity": { "type": "SystemAssigned" },
        "properties": {
            "extensionType": "Microsoft.AzureML.Kubernetes",
            "autoUpgradeMinorVersion": true,
            "releaseTrain": "stable",
            "scope": { "cluster": { "releaseNamespace": "azureml" } },
            "configurationSettings": { "enableTraining": "True" },
            "configurationProtectedSettings": {},
        },
    });
    azure.send(Method::PUT, &extension_id(), Some(&body));
}

fn slow() -> Options {
    Options { operation_duration: Duration::from_hours(1), ..Options::default() }
}

#[test]
fn a_browser_sees_what_happens_and_adds_faults() {
    let Some(mut browser) = Browser::start() else { return };
    for azure in [Azure::with(slow()), Azure::over_tls_with(slow())] {
        installs_an_extension(&azure);
        browser.open(address(&azure));
        assert!(browser.text("#objects").contains(&extension_id()));
        assert!(browser.text("#operations").contains("Creating\tRunning"));
        browser.fill(&format!("{ADD} [name=kind]"), "503");
        browser.fill(&format!("{ADD} [name=path]"), "amlarc-small");
        browser.click(&format!("{ADD} button"));
        assert_eq!(browser.evaluate("location.pathname + location.hash"), "/#faults");
        assert!(browser.text("#faults").contains("1 left"));
        assert_eq!(azure.status(Method::GET, &cluster("amlarc-small")), 503);
        browser.click("nav a[href='/']");
        assert!(browser.text("#faults").contains("No fault is scripted."));
        let row = format!("GET {}\t503", cluster("amlarc-small"));
        assert!(browser.text("#requests").contains(&row), "{}", browser.text("#requests"));
        browser.click(&format!("{ADD} button"));
        browser.click("form[action*='faults/clear'] button");
        assert!(browser.text("#faults").contains("No fault is scripted."));
        let asked: Vec<_> = azure.exchanges().into_iter().map(|seen| seen.path).collect();
        assert_eq!(asked, [extension_id(), cluster("amlarc-small")], "the browser is not logged");
    }
}

#[test]
fn a_foreign_page_scripts_no_fault_and_a_foreign_name_shows_no_page() {
    let Some(mut browser) = Browser::start() else { return };
    let azure = Azure::start();
    let form = format!(
        "data:text/html,<form method=post action={}/emulator/page/faults/add>\
         <input name=kind value=500><button>go</button></form>",
        address(&azure)
    );
    browser.open(&form);
    browser.click("button");
    assert!(browser.text("body").contains("the request comes from another page"));
    assert_eq!(azure.status(Method::GET, &cluster("amlarc-small")), 200);
    browser.open(&address(&azure).replace("127.0.0.1", "rebound.example"));
    let text = browser.text("body");
    assert!(text.contains("`localhost`") && !text.contains(GROUP), "{text}");
    browser.open(&address(&azure).replace("127.0.0.1", "localhost"));
    browser.click(&format!("{ADD} button"));
    assert!(browser.text("#faults").contains("1 left"));
}

#[test]
fn no_width_makes_the_page_scroll_sideways_in_either_scheme() {
    let Some(mut browser) = Browser::start() else { return };
    let azure = Azure::with(slow());
    installs_an_extension(&azure);
    let long = "x".repeat(90);
    let namespace = format!("{GROUP}/providers/Microsoft.Relay/Namespaces/{long}");
    azure.put(&namespace, &json!({ "id": namespace, "properties": { "provisioningState": long } }));
    azure.fails(&json!({ "path": long }), &json!({ "status": 500, "body": long }));
    for width in [320, 390, 1280] {
        let mut colours = Vec::new();
        for scheme in ["light", "dark"] {
            browser.shows(width, scheme);
            browser.open(address(&azure));
            assert_eq!(browser.evaluate(OVERHANG), 0, "{width} {scheme}");
            assert_eq!(browser.evaluate("innerWidth"), width, "{scheme}");
            colours.push(browser.evaluate("getComputedStyle(document.body).color"));
        }
        assert_eq!(colours, [json!("rgb(0, 0, 0)"), json!("rgb(255, 255, 255)")], "{width}");
    }
    browser.evaluate("document.body.style.minWidth = '1300px'");
    assert!(browser.evaluate(OVERHANG).as_i64() > Some(0), "the measure sees what is too wide");
}

#[test]
fn the_page_loads_itself_again_in_a_browser() {
    let Some(mut browser) = Browser::start() else { return };
    let azure = Azure::start();
    browser.open(address(&azure));
    browser.click("nav a[href='/?refresh']");
    assert!(browser.text("#requests").contains("There was no request."));
    assert_eq!(azure.status(Method::GET, &cluster("amlarc-small")), 200);
    browser.waits_for_load();
    assert!(browser.text("#requests").contains(&cluster("amlarc-small")));
    browser.click("nav a[href='/']:last-child");
    assert_eq!(browser.evaluate("document.querySelector('meta[http-equiv]')"), Value::Null);
}

/// `make picture` writes what the README shows. A photograph is never the same twice, so its form alone is held.
#[test]
fn the_readme_has_a_photograph() {
    let Some(mut browser) = Browser::start() else { return };
    let azure = Azure::with(slow());
    installs_an_extension(&azure);
    azure.fails(&json!({ "path": "amlarc-small" }), &json!({ "status": 503 }));
    assert_eq!(azure.status(Method::GET, &cluster("amlarc-small")), 503);
    browser.shows(1000, "light");
    browser.open(address(&azure));
    let taken = browser.picture(1000, 1400);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/emulator.png");
    if std::env::var_os("WRITE").is_some() {
        fs::write(&path, &taken).expect("the picture can be written");
    }
    let committed = fs::read(&path).expect("the picture is there");
    assert_eq!(size(&committed), (1000, 1400));
    assert_eq!(size(&taken), (1000, 1400), "it is that of the page");
}

/// Width and height in the header of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG"), "it is a PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}
