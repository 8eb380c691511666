//! The loop as it ends, with a test in the place of the writer.

use super::*;
use server::change::Change;
use server::ids::{DeviceId, EndpointName, Revision};
use server::snapshot::{KnownDevice, Snapshot};

const NAMES: [&str; 2] = ["a", "b"];

fn name(text: &str) -> EndpointName {
    EndpointName::new(text).expect("a name")
}

/// A loop whose server knows the devices of [`NAMES`], and where its batches arrive.
fn engine() -> (Engine, mpsc::UnboundedReceiver<Batch>) {
    let devices = (1..).zip(NAMES).map(|(id, own)| KnownDevice {
        id: DeviceId(id),
        endpoint: name(own),
        registration: None,
        security: server::credential::Mode::NoSec,
        profile: None,
    });
    let snapshot = Snapshot {
        devices: devices.collect(),
        ..Snapshot::default()
    };
    let clock = Clock::start();
    let config = server::Config::new(lwm2m::registry::Registry::default(), [1; 32]);
    let server = Server::new(clock.now(), config, snapshot);
    let (writer, batches) = mpsc::unbounded_channel();
    let bus = Arc::new(Bus::new(Revision(0)));
    let engine = Engine::new(server, clock, writer, bus, Arc::default(), Arc::default());
    (engine, batches)
}

/// Has the engine forget a device, which is a fact.
fn forget(own: &str) -> (Request, oneshot::Receiver<CommandResult>) {
    let (reply, answer) = oneshot::channel();
    let endpoint = name(own);
    let command = move |ticket| Command::Forget { ticket, endpoint };
    (Request::Command(Box::new(command), reply), answer)
}

async fn send(requests: &mpsc::Sender<Request>, request: Request) {
    let sent = requests.send(request).await;
    assert!(sent.is_ok(), "the loop is over");
}

async fn forgotten(batches: &mut mpsc::UnboundedReceiver<Batch>) -> (Revision, DeviceId) {
    let batch = batches.recv().await.expect("a batch");
    match batch.changes.as_slice() {
        [Change::Forgotten { device }] => (batch.revision, *device),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn facts_that_came_true_before_the_end_are_handed_to_the_writer() {
    let (engine, mut batches) = engine();
    let (requests, inbox) = mpsc::channel(8);
    let (request, _answer) = forget("a");
    send(&requests, request).await;
    send(&requests, Request::Stop).await;
    let writer = async {
        let (revision, device) = forgotten(&mut batches).await;
        assert_eq!(device, DeviceId(1));
        send(&requests, Request::Committed(revision)).await;
    };
    tokio::join!(engine.run(inbox), writer);
}

#[tokio::test]
async fn facts_that_wait_behind_a_batch_are_stored_before_the_end() {
    let (engine, mut batches) = engine();
    let (requests, inbox) = mpsc::channel(8);
    let writer = async {
        let (request, _answer) = forget("a");
        send(&requests, request).await;
        let (first, _) = forgotten(&mut batches).await;
        let (request, answer) = forget("b");
        send(&requests, request).await;
        send(&requests, Request::Stop).await;
        send(&requests, Request::Committed(first)).await;
        let (second, device) = forgotten(&mut batches).await;
        assert_eq!(device, DeviceId(2));
        send(&requests, Request::Committed(second)).await;
        assert!(answer.await.expect("an answer").is_ok());
    };
    tokio::join!(engine.run(inbox), writer);
}

#[tokio::test]
async fn a_disk_that_takes_nothing_does_not_hold_up_the_end() {
    let (engine, mut batches) = engine();
    let (requests, inbox) = mpsc::channel(8);
    let writer = async {
        let (request, _answer) = forget("a");
        send(&requests, request).await;
        let (revision, _) = forgotten(&mut batches).await;
        send(&requests, Request::Stop).await;
        let failed = Request::CommitFailed(revision, "the disk is full".to_owned());
        send(&requests, failed).await;
    };
    tokio::join!(engine.run(inbox), writer);
    assert!(batches.recv().await.is_none(), "nothing is offered again");
}
