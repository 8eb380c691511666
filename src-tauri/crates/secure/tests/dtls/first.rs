//! A handshake and data both ways.

use crate::wire::{IDENTITY, World, keyring, psk};
use secure::{Config, Identity, Input};

#[test]
fn a_device_with_a_pre_shared_key_talks_with_the_server() {
    let mut world = World::new(1, Config::default(), keyring());
    let device = world.add(psk());
    world.connect(device);
    let established = world.established();
    assert_eq!(established.suite, "TLS_PSK_WITH_AES_128_CCM_8");
    assert_eq!(established.identity, Identity::Psk(IDENTITY.into()));
    assert!(established.cid && !established.resumed);
    assert_eq!(world.clients[device].established[0].cid.len(), 8);

    world.send(device, b"up");
    assert_eq!(world.received(), [b"up"]);
    world.guard(Input::Send {
        association: established.association,
        bytes: b"down",
    });
    world.send(device, b"up again");
    assert_eq!(world.clients[device].got, [b"down"]);
    assert_eq!(world.causes(), []);
    assert_eq!(world.guard.handshakes(), 0);
}
