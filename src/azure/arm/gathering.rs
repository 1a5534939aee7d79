//! Reads of many objects of one parent, which its list answers.
//!
//! A read is answered by a list that was asked for after the read began, so that it shows nothing that
//! a read of the object itself would not have shown. Who finds nothing in the list asks for the object:
//! lists lag behind, leave out what they like, and may be forbidden.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, Notify, oneshot};
use tokio::time::timeout;

use super::Arm;
use crate::arm_resource::ArmResource;
use crate::call_options::CallOptions;
use crate::id::Id;
use crate::resource_types::ResourceType;

/// Fewer reads than this are sent side by side: each is answered sooner than a list.
const MIN_READS: usize = 4;
/// How long the first read of a parent waits for another.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The same where the last one waited in vain.
const LONE_PAUSE: Duration = Duration::from_millis(5);
/// The same where several came the last time, and fewer than then are here: those whose read has
/// just been answered are planned first, and others take their place.
const WAVE_PAUSE: Duration = Duration::from_millis(50);
/// How long reads are gathered at most.
const MAX_GATHERING: Duration = Duration::from_millis(500);
/// How long a list may take before each read is sent by itself.
const LIST_TIMEOUT: Duration = Duration::from_secs(30);

impl Arm {
    /// The object as the list of its parent shows it, where several calls ask for objects of one
    /// parent at a time. `None`: it has to be asked for by itself.
    pub async fn find_in_list(
        &self, kind: &ResourceType, id: &Id, options: &CallOptions<'_>,
    ) -> Option<ArmResource> {
        let parent = id.parent()?;
        let gathering = self.gatherings.of(kind, &parent);
        let (answer, is_first) = gathering.join(id);
        if is_first {
            self.answer_by_list(&gathering, kind, &parent, options).await;
        }
        options.run(answer).await.ok()?.ok()
    }

    /// Answers those who wait, or lets them go.
    async fn answer_by_list(
        &self, gathering: &Gathering, kind: &ResourceType, parent: &Id, options: &CallOptions<'_>,
    ) {
        let letting_go = LettingGo(Some(gathering));
        // One list at a time: who comes while it is read is answered by the next.
        let Ok(mut last) = options.run(gathering.last.lock()).await else { return };
        if options.run(gathering.gather(last.reads)).await.is_err() {
            return;
        }
        let waiting = letting_go.take_reads();
        last.reads = waiting.len();
        if waiting.len() >= MIN_READS && waiting.len() > last.pages {
            last.pages = self.read_list(kind, parent, waiting, options).await;
        }
    }

    /// Hands out the objects of the list, and returns how many pages were read: never more than there
    /// are reads. A list that fails has too many.
    async fn read_list(
        &self, kind: &ResourceType, parent: &Id, waiting: Vec<Read>, options: &CallOptions<'_>,
    ) -> usize {
        let (limit, mut pages) = (waiting.len(), 0);
        let mut waiting = by_id(waiting);
        let hand_out = |objects: Vec<ArmResource>| {
            pages += 1;
            for object in &objects {
                answer(&mut waiting, object);
            }
            let is_over = waiting.is_empty() || pages >= limit;
            if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = options.within(LIST_TIMEOUT);
        match self.visit_pages(kind, parent, &[], &options, hand_out).await {
            Ok(()) => pages,
            Err(error) => {
                tracing::debug!(%error, %parent, "each object is read by itself, since their list cannot be");
                usize::MAX
            }
        }
    }
}

fn by_id(reads: Vec<Read>) -> HashMap<Id, Vec<oneshot::Sender<ArmResource>>> {
    let mut by_id: HashMap<_, Vec<_>> = HashMap::new();
    for read in reads {
        by_id.entry(read.id).or_default().push(read.answer);
    }
    by_id
}

fn answer(waiting: &mut HashMap<Id, Vec<oneshot::Sender<ArmResource>>>, object: &ArmResource) {
    for caller in object.id().and_then(|id| waiting.remove(&id)).unwrap_or_default() {
        // A caller that is gone waits for nothing.
        let _ = caller.send(object.clone());
    }
}

/// The reads of each parent.
#[derive(Default)]
pub(super) struct Gatherings {
    // Std mutexes here and below: held for a look, never across an await.
    parents: Mutex<HashMap<(&'static str, Id), Arc<Gathering>>>,
}

impl Gatherings {
    fn of(&self, kind: &ResourceType, parent: &Id) -> Arc<Gathering> {
        let mut parents = self.parents.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(parents.entry((kind.name, parent.clone())).or_default())
    }
}

/// The reads of objects of one parent.
#[derive(Default)]
struct Gathering {
    reads: Mutex<Vec<Read>>,
    arrived: Notify,
    /// Held while the list is read.
    last: AsyncMutex<LastList>,
}

/// A call that waits for the object of this ID.
struct Read {
    id: Id,
    answer: oneshot::Sender<ArmResource>,
}

/// How it was the last time.
#[derive(Default)]
struct LastList {
    /// How many waited; 0: there was no last time.
    reads: usize,
    /// How many pages were read for them.
    pages: usize,
}

impl Gathering {
    /// Waits with the others. `true`: nobody else does, so this call has to answer those who come.
    fn join(&self, id: &Id) -> (oneshot::Receiver<ArmResource>, bool) {
        let (answer, receiver) = oneshot::channel();
        let mut reads = self.reads();
        let is_first = reads.is_empty();
        reads.push(Read { id: id.clone(), answer });
        self.arrived.notify_one();
        (receiver, is_first)
    }

    /// Waits until nobody comes any more, or as many have come as the last time.
    async fn gather(&self, last: usize) {
        let pause = match last {
            0 => FIRST_PAUSE,
            1 => LONE_PAUSE,
            _ => WAVE_PAUSE,
        };
        let gather = async {
            while last < 2 || self.reads().len() < last {
                if timeout(pause, self.arrived.notified()).await.is_err() {
                    break;
                }
            }
        };
        // An error means that there were newcomers all the time.
        let _ = timeout(MAX_GATHERING, gather).await;
    }

    fn reads(&self) -> MutexGuard<'_, Vec<Read>> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets those who wait go when the call that was to answer them ends before it has taken them over.
struct LettingGo<'a>(Option<&'a Gathering>);

impl LettingGo<'_> {
    /// Takes them over. Who comes from now on is none of them.
    fn take_reads(mut self) -> Vec<Read> {
        self.0.take().map(|gathering| std::mem::take(&mut *gathering.reads())).unwrap_or_default()
    }
}

impl Drop for LettingGo<'_> {
    fn drop(&mut self) {
        if let Some(gathering) = self.0 {
            gathering.reads().clear();
        }
    }
}
