//! The verbs against a scripted service, in virtual time.

mod endings;
mod gathering;
mod operations;
mod origins;
mod reads;
mod recent;
mod retries;
mod throttling;
mod unheard;
mod urls;
mod writes;

use crate::arm_resource::ArmResource;
use crate::error::Error;
use crate::lro::Operation;
use crate::resource_types::EXTENSIONS;
use crate::scripted_arm::{Scene, Step};

/// PUT, then wait: the whole of a create or update.
async fn create(scene: &Scene) -> Result<ArmResource, Error> {
    let (id, options) = (&scene.id, scene.options());
    let body = serde_json::json!({"properties": {"a": 1}});
    let accepted = scene.arm.put(&EXTENSIONS, id, &body, &options).await?;
    scene.arm.wait_until_done(&EXTENSIONS, id, accepted.operation.as_ref(), &options).await
}

/// DELETE, then wait until it is gone.
async fn delete(scene: &Scene) -> Result<(), Error> {
    let (id, options) = (&scene.id, scene.options());
    let operation = scene.arm.delete(&EXTENSIONS, id, &[], &options).await?;
    scene.arm.wait_until_gone(&EXTENSIONS, id, operation.as_ref(), &options).await
}

/// A create that succeeds, with exactly these requests.
async fn creates(steps: Vec<Step>, expected: &[&str]) {
    let scene = Scene::new(steps);
    let outcome = create(&scene).await;
    assert_eq!(scene.log(), expected);
    assert_eq!(outcome.unwrap().provisioning_state(), Some("Succeeded"));
}

/// A create that fails, with exactly these requests.
async fn fails(steps: Vec<Step>, expected: &[&str]) -> Error {
    let scene = Scene::new(steps);
    let outcome = create(&scene).await;
    assert_eq!(scene.log(), expected);
    outcome.unwrap_err()
}

/// What is left to wait for after a PUT that is answered like this.
async fn operation_after(scene: &Scene) -> Option<Operation> {
    let body = serde_json::json!({});
    scene.arm.put(&EXTENSIONS, &scene.id, &body, &scene.options()).await.unwrap().operation
}
