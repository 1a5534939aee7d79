//! The verbs against a scripted service, in virtual time.

mod endings;
mod operations;
mod reads;
mod retries;
mod throttling;
mod unheard;
mod urls;
mod writes;

use crate::envelope::Envelope;
use crate::error::Error;
use crate::lro::Operation;
use crate::rp::EXTENSIONS;
use crate::script::{Scene, Step};

/// PUT, then wait: the whole of a create or update.
async fn create(scene: &Scene) -> Result<Envelope, Error> {
    let (id, limits) = (&scene.id, scene.limits());
    let body = serde_json::json!({"properties": {"a": 1}});
    let accepted = scene.arm.put(&EXTENSIONS, id, &body, &limits).await?;
    scene.arm.wait(&EXTENSIONS, id, accepted.operation.as_ref(), &limits).await
}

/// DELETE, then wait until it is gone.
async fn delete(scene: &Scene) -> Result<(), Error> {
    let (id, limits) = (&scene.id, scene.limits());
    let operation = scene.arm.delete(&EXTENSIONS, id, &[], &limits).await?;
    scene.arm.wait_gone(&EXTENSIONS, id, operation.as_ref(), &limits).await
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
    scene.arm.put(&EXTENSIONS, &scene.id, &body, &scene.limits()).await.unwrap().operation
}
