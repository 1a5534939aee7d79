//! What was read a moment ago, and what makes it be read again.

use std::time::Duration;

use serde_json::json;
use tokio::time::{advance, sleep};

use crate::arm::PropertyFilter;
use crate::arm_resource::ArmResource;
use crate::error::Error;
use crate::id::Id;
use crate::resource_types::{CONNECTED_CLUSTERS, EXTENSIONS, ResourceType};
use crate::scripted_arm::{CLUSTER, EXTENSION, Scene, Step, answer, error, object, ok, reset};

const FILTER: PropertyFilter = PropertyFilter { name: "extensionType", value: "Wanted" };

fn is_ready(object: &ArmResource) -> bool {
    object.provisioning_state() == Some("Succeeded")
}

async fn get(scene: &Scene) -> Result<Option<ArmResource>, Error> {
    scene.arm.get_recent(&EXTENSIONS, &scene.id, &scene.options(), is_ready).await
}

async fn find(scene: &Scene) -> Result<Option<ArmResource>, Error> {
    let cluster = CLUSTER.parse().unwrap();
    scene.arm.find_recent(&EXTENSIONS, &cluster, FILTER, &scene.options(), is_ready).await
}

fn list_with_state(state: &str) -> Step {
    let wanted = json!({ "extensionType": "wanted", "provisioningState": state });
    let other = json!({ "extensionType": "other", "provisioningState": state });
    let value = [json!({ "properties": other }), json!({ "properties": wanted })];
    ok(&json!({ "value": value }).to_string())
}

#[tokio::test(start_paused = true)]
async fn callers_ask_once_a_minute_for_what_they_share() {
    let slow = || object(200, "Succeeded").after(5);
    let scene = Scene::new(vec![slow(), slow()]);
    for _ in 0..2 {
        let (first, second) = tokio::join!(get(&scene), get(&scene));
        assert!(first.unwrap().is_some() && second.unwrap().is_some());
        advance(Duration::from_secs(50)).await;
        assert!(get(&scene).await.unwrap().is_some());
        advance(Duration::from_secs(10)).await;
    }
    // Counted from the request, not from its answer.
    assert_eq!(scene.log(), ["0 GET object", "65 GET object"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_not_ready_or_not_told_is_asked_for_by_each() {
    for step in [
        || answer(404, ""),
        || object(200, "Creating"),
        || object(200, "Failed"),
        || error(403, "AuthorizationFailed", "no"),
        || ok("<html>"),
    ] {
        let steps = vec![step().after(1), step(), object(200, "Succeeded")];
        let scene = Scene::new(steps);
        // The second waits for the first, and asks itself.
        let (first, second) = tokio::join!(get(&scene), get(&scene));
        for asked in [first, second] {
            assert!(!asked.is_ok_and(|found| found.is_some_and(|it| is_ready(&it))));
        }
        assert!(get(&scene).await.unwrap().is_some());
        assert!(get(&scene).await.unwrap().is_some());
        assert_eq!(scene.requests(), ["GET object"; 3]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_wanted_object_of_a_list_is_kept_like_any_other() {
    let scene = Scene::new(vec![list_with_state("Creating"), list_with_state("Succeeded")]);
    assert_eq!(find(&scene).await.unwrap().unwrap().provisioning_state(), Some("Creating"));
    for _ in 0..3 {
        assert!(is_ready(&find(&scene).await.unwrap().unwrap()));
    }
    assert_eq!(scene.log().len(), 2);
}

/// What each write makes be asked again: the extension, the cluster's list of them, the cluster.
#[tokio::test(start_paused = true)]
async fn a_write_forgets_what_it_may_change() {
    let other = format!("{CLUSTER}-2{EXTENSION}");
    let beside = format!("{CLUSTER}{EXTENSION}-2");
    let cased = format!("{CLUSTER}{EXTENSION}").to_uppercase().replace("/SUB", "/sub");
    let table: [(&ResourceType, &str, [bool; 3]); 6] = [
        (&EXTENSIONS, &format!("{CLUSTER}{EXTENSION}"), [true, true, false]),
        (&EXTENSIONS, &cased, [true, true, false]),
        (&EXTENSIONS, &beside, [false, true, false]),
        (&EXTENSIONS, &other, [false, false, false]),
        (&CONNECTED_CLUSTERS, CLUSTER, [true, true, true]),
        (&CONNECTED_CLUSTERS, &format!("{CLUSTER}-2"), [false, false, false]),
    ];
    for (kind, written, forgotten) in table {
        for verb in ["PUT", "PATCH", "DELETE"] {
            let again = forgotten.iter().filter(|it| **it).count();
            let cluster = || ok(r#"{"properties":{"provisioningState":"Succeeded"}}"#);
            let reads = [object(200, "Succeeded"), list_with_state("Succeeded"), cluster()];
            let accepted = ok(&json!({ "id": written, "properties": {} }).to_string());
            let mut steps = reads.to_vec();
            steps.push(accepted);
            steps.extend(reads.into_iter().zip(forgotten).filter(|(_, it)| *it).map(|(it, _)| it));
            let scene = Scene::new(steps);
            read_all(&scene).await;
            write(&scene, verb, kind, &written.parse().unwrap()).await;
            read_all(&scene).await;
            assert_eq!(scene.log().len(), 3 + 1 + again, "{verb} {written}");
        }
    }
}

async fn read_all(scene: &Scene) {
    let (cluster, options) = (CLUSTER.parse().unwrap(), scene.options());
    assert!(get(scene).await.unwrap().is_some());
    assert!(find(scene).await.unwrap().is_some());
    let found = scene.arm.get_recent(&CONNECTED_CLUSTERS, &cluster, &options, is_ready).await;
    assert!(found.unwrap().is_some());
}

async fn write(scene: &Scene, verb: &str, kind: &ResourceType, id: &Id) {
    let (arm, options, body) = (&scene.arm, scene.options(), json!({}));
    match verb {
        "PUT" => arm.put(kind, id, &body, &options).await.map(drop).unwrap(),
        "PATCH" => arm.patch(kind, id, &body, &options).await.map(drop).unwrap(),
        _ => arm.delete(kind, id, &[], &options).await.map(drop).unwrap(),
    }
}

/// A read that began before a write, or while it was under way, may show what was before.
#[tokio::test(start_paused = true)]
async fn an_answer_that_was_on_its_way_during_a_write_is_not_kept() {
    let written = || object(200, "Succeeded");
    for (read_takes, write_takes, write_begins) in [(10, 1, 1), (10, 20, 1), (2, 20, 0)] {
        let before = object(200, "Succeeded").after(read_takes);
        let put = written().after(write_takes);
        let steps = if write_begins == 0 { vec![put, before] } else { vec![before, put] };
        let scene = Scene::new([steps, vec![written()]].concat());
        let write = async {
            sleep(Duration::from_secs(write_begins)).await;
            write(&scene, "PUT", &EXTENSIONS, &scene.id).await;
        };
        let read = async {
            sleep(Duration::from_secs(1 - write_begins)).await;
            get(&scene).await.unwrap();
        };
        tokio::join!(read, write);
        get(&scene).await.unwrap();
        get(&scene).await.unwrap();
        assert_eq!(scene.log().len(), 3, "{read_takes} {write_takes} {write_begins}");
    }
}

/// The object changes once more when the operation ends.
#[tokio::test(start_paused = true)]
async fn what_is_read_during_an_operation_is_forgotten_at_its_end() {
    let begun = object(201, "Creating").follow_async();
    let ended = ok(r#"{"status":"Succeeded"}"#);
    let read = || object(200, "Succeeded");
    let scene = Scene::new(vec![begun, read(), ended, read(), read()]);
    let body = json!({});
    let accepted = scene.arm.put(&EXTENSIONS, &scene.id, &body, &scene.options()).await.unwrap();
    get(&scene).await.unwrap();
    let (operation, options) = (accepted.operation, scene.options());
    let waited = scene.arm.wait_until_done(&EXTENSIONS, &scene.id, operation.as_ref(), &options);
    waited.await.unwrap();
    get(&scene).await.unwrap();
    assert_eq!(scene.log().len(), 5);
}

/// Neither the interruption of the one who asks nor a lost answer is anybody else's.
#[tokio::test(start_paused = true)]
async fn an_interrupted_caller_leaves_the_others_to_ask_themselves() {
    let scene = Scene::new(vec![object(200, "Succeeded").after(60), object(200, "Succeeded")]);
    let first = tokio::time::timeout(Duration::from_secs(1), get(&scene));
    let (first, second) = tokio::join!(first, get(&scene));
    assert!(first.is_err() && second.unwrap().is_some());
    assert_eq!(scene.log(), ["0 GET object", "1 GET object"]);
    let scene = Scene::new(vec![reset(), object(200, "Succeeded")]);
    let (first, second) = tokio::join!(get(&scene), get(&scene));
    assert!(first.unwrap().is_some() && second.unwrap().is_some());
}

/// Who waits for another's answer ends with its own deadline.
#[tokio::test(start_paused = true)]
async fn who_waits_has_its_own_deadline() {
    let scene = Scene::new(vec![object(200, "Succeeded").after(60)]);
    let soon = scene.options().within(Duration::from_secs(3));
    let waiting = async {
        sleep(Duration::from_secs(1)).await;
        scene.arm.get_recent(&EXTENSIONS, &scene.id, &soon, is_ready).await
    };
    let (first, second) = tokio::join!(get(&scene), waiting);
    assert!(first.unwrap().is_some());
    assert!(matches!(second, Err(Error::DeadlineExceeded(_))));
}
