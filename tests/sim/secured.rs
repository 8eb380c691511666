//! Devices over DTLS among others: a NAT that forgets its ports, restarts on both sides,
//! and every other fault. What is said inside the records is held to the same rules as
//! what is said in the clear.

use crate::network::Weather;
use crate::plan::{Plan, fleet};
use crate::run::run;
use crate::world::World;
use device::Device;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// Handshakes that devices over DTLS have completed, for each.
fn sessions(world: &World) -> Vec<u32> {
    let units = world.units.iter().enumerate();
    let secured = units.filter(|(number, _)| world.plan.is_secured(*number));
    secured
        .map(|(_, unit)| unit.device.as_ref().map_or(0, Device::sessions))
        .collect()
}

fn plan(seed: u64) -> Plan {
    Plan {
        secured_every: Some(2),
        operator_every: Some(Duration::from_secs(10)),
        calm_after: 2 * HOUR,
        calm_for: 2 * HOUR,
        ..Plan::quiet(seed, fleet(seed, 12))
    }
}

/// Every minute another port: nobody makes a second handshake.
#[test]
fn g_13_with_a_connection_id_nobody_needs_a_second_handshake() {
    for seed in 1..=5 {
        let plan = Plan {
            rebound_every: Some(MINUTE),
            ..plan(seed)
        };
        run("g_13", plan, |world| {
            let figures = world.figures;
            assert_eq!(sessions(world), vec![1; 6], "seed {seed}: {figures}");
            // Behind a new port a device is out of reach until it says something.
            assert!(figures.success > figures.accepted / 4, "{figures}");
        });
    }
}

/// The server dies again and again. Who could not reach it for as long as CoAP retransmits
/// may begin a session anew; everybody else goes on.
#[test]
fn g_25_sessions_go_on_over_restarts_of_the_server() {
    for seed in 1..=5 {
        let plan = Plan {
            rebound_every: Some(5 * MINUTE),
            server_dies_every: Some(15 * MINUTE),
            ..plan(seed)
        };
        run("g_25", plan, |world| {
            let (figures, sessions) = (world.figures, sessions(world));
            assert!(figures.server_starts > 4, "{figures}");
            let further: u32 = sessions.iter().map(|count| count - 1).sum();
            let allowed = u32::try_from(figures.server_starts).expect("a few starts");
            assert!(
                further < allowed,
                "seed {seed}: {sessions:?} sessions, {figures}"
            );
        });
    }
}

/// Loss, doubled and late datagrams, power cuts at devices, and all of the above.
#[test]
fn g_12_g_62_dtls_in_bad_weather_breaks_no_rule() {
    for seed in 1..=5 {
        let plan = Plan {
            rebound_every: Some(5 * MINUTE),
            server_dies_every: Some(30 * MINUTE),
            device_dies_every: Some(10 * MINUTE),
            person_acts_every: Some(5 * MINUTE),
            cut_every: Some(20 * MINUTE),
            weather: Weather::BAD,
            ..plan(seed)
        };
        run("g_12", plan, |world| {
            assert!(sessions(world).iter().all(|count| *count > 0));
        });
    }
}
