//! Objects 6, Location, and 3336, a position as text: trackers drive rounds,
//! everything else stands still under a receiver that is a few metres off.

use super::behaviour::{Behaviour, Setting};
use crate::profile::ProfileKind;
use crate::signal::{Signal, rounded};
use crate::tree::Instance;
use crate::world::World;
use lwm2m::Value;
use lwm2m::path::Id;
use std::f64::consts::TAU;
use std::time::Duration;

/// The object whose signal both objects follow, so that they agree.
const OBJECT: Id = 6;

const LATITUDE: Id = 0;
const LONGITUDE: Id = 1;
const ALTITUDE: Id = 2;
const VELOCITY: Id = 4;
const TIMESTAMP: Id = 5;
const SPEED: Id = 6;

const TEXT_LATITUDE: Id = 5514;
const TEXT_LONGITUDE: Id = 5515;
const TEXT_DIRECTION: Id = 5705;
const TEXT_TIMESTAMP: Id = 5518;

/// Metres of one degree of latitude.
const DEGREE_M: f64 = 111_320.0;

pub(crate) struct Location;

/// Object 3336.
pub(crate) struct Position;

/// Where the device is and how it moves.
struct Fix {
    latitude: f64,
    longitude: f64,
    altitude_m: f64,
    speed_m_s: f64,
    /// Degrees from north, clockwise.
    bearing: f64,
}

impl Behaviour for Location {
    fn create(&self, setting: Setting<'_>) -> Instance {
        let mut instance = Instance::default()
            .with(LATITUDE, Value::Float(0.0))
            .with(LONGITUDE, Value::Float(0.0))
            .with(ALTITUDE, Value::Float(0.0))
            .with(3, Value::Float(8.0))
            .with(VELOCITY, Value::Opaque(Vec::new()))
            .with(TIMESTAMP, Value::Time(0))
            .with(SPEED, Value::Float(0.0));
        instance.tally = f64::from(u8::from(setting.profile.kind == ProfileKind::Tracker));
        show(&mut instance, setting.id, setting.world);
        instance
    }

    fn refresh(&self, id: Id, instance: &mut Instance, world: &mut World) {
        show(instance, id, world);
    }
}

impl Behaviour for Position {
    fn create(&self, setting: Setting<'_>) -> Instance {
        let mut instance = Instance::default()
            .with(TEXT_LATITUDE, Value::String(String::new()))
            .with(TEXT_LONGITUDE, Value::String(String::new()))
            .with(5516, Value::String("8".to_owned()))
            .with(TEXT_DIRECTION, Value::Float(0.0))
            .with(TEXT_TIMESTAMP, Value::Time(0))
            .with(5750, Value::String("Vehicle".to_owned()));
        instance.tally = f64::from(u8::from(setting.profile.kind == ProfileKind::Tracker));
        show_text(&mut instance, setting.id, setting.world);
        instance
    }

    fn refresh(&self, id: Id, instance: &mut Instance, world: &mut World) {
        show_text(instance, id, world);
    }
}

fn show(instance: &mut Instance, id: Id, world: &World) {
    let fix = fix(world, id, instance.tally > 0.0);
    instance.set_float(LATITUDE, fix.latitude);
    instance.set_float(LONGITUDE, fix.longitude);
    instance.set_float(ALTITUDE, fix.altitude_m);
    instance.set(VELOCITY, Value::Opaque(velocity(&fix).to_vec()));
    instance.set(TIMESTAMP, Value::Time(world.device_time_s()));
    instance.set_float(SPEED, fix.speed_m_s);
}

fn show_text(instance: &mut Instance, id: Id, world: &World) {
    let fix = fix(world, id, instance.tally > 0.0);
    instance.set(TEXT_LATITUDE, Value::String(fix.latitude.to_string()));
    instance.set(TEXT_LONGITUDE, Value::String(fix.longitude.to_string()));
    instance.set_float(TEXT_DIRECTION, fix.bearing);
    instance.set(TEXT_TIMESTAMP, Value::Time(world.device_time_s()));
}

fn fix(world: &World, id: Id, moves: bool) -> Fix {
    let signal = world.signal(OBJECT, id);
    let second = Duration::from_secs(1);
    let (east, north) = offset_m(signal, moves);
    let (east_before, north_before) = offset_m(signal.at(world.earlier(second)), moves);
    let (dx, dy) = (east - east_before, north - north_before);
    let speed = if moves { dx.hypot(dy) } else { 0.0 };
    // Somewhere between the Alps and the Baltic.
    let home_latitude = 48.0 + signal.fork(1).constant() * 5.5;
    let home_longitude = 7.5 + signal.fork(2).constant() * 6.0;
    let latitude = home_latitude + north / DEGREE_M;
    let longitude = home_longitude + east / (DEGREE_M * home_latitude.to_radians().cos());
    let altitude = 120.0
        + signal.fork(3).constant() * 300.0
        + signal.fork(4).drift(Duration::from_secs(300)) * 6.0;
    Fix {
        latitude: rounded(latitude, 0.000_001),
        longitude: rounded(longitude, 0.000_001),
        altitude_m: rounded(altitude, 0.1),
        speed_m_s: rounded(speed, 0.01),
        bearing: rounded(dx.atan2(dy).to_degrees().rem_euclid(360.0), 0.1),
    }
}

/// Metres east and north of home: a bent round of a few kilometres, driven now
/// faster, now slower.
fn offset_m(signal: Signal, moves: bool) -> (f64, f64) {
    if !moves {
        let wobble = |branch| signal.fork(branch).drift(Duration::from_secs(40)) * 2.5;
        return (wobble(5), wobble(6));
    }
    let lap = Duration::from_secs(1_500 + (signal.fork(7).constant() * 900.0) as u64);
    let hurry = signal.fork(8).drift(Duration::from_secs(120)) * 0.12;
    let angle = signal.phase(lap) * TAU + hurry;
    let radius_m = 1_800.0 + signal.fork(9).constant() * 1_500.0;
    let bent = radius_m * (1.0 + 0.22 * (3.0 * angle).sin() + 0.08 * (5.0 * angle).cos());
    (bent * angle.cos(), bent * angle.sin())
}

/// Horizontal velocity as 3GPP TS 23.032 §8.6 packs it: nine bits of bearing in
/// degrees, sixteen of speed in km/h.
fn velocity(fix: &Fix) -> [u8; 4] {
    let bearing = fix.bearing as u16 % 360;
    let [high, low] = bearing.to_be_bytes();
    let [fast, slow] = ((fix.speed_m_s * 3.6).round() as u16).to_be_bytes();
    [high & 1, low, fast, slow]
}
