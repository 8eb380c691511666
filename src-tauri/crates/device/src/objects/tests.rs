use super::*;
use crate::profile::Profile;
use clock::{Now, UnixTime};
use lwm2m::model::check_value;
use lwm2m::{Lwm2mVersion, Reading};

/// Noon of a day in November 2023.
const NOON: i64 = 1_700_000_000_000;

fn world(seconds: u64) -> World {
    let unix = UnixTime::from_millis(NOON + 1_000 * i64::try_from(seconds).expect("a few days"));
    let instant = Instant::from_micros(seconds * 1_000_000);
    World::new(Now { instant, unix }, 42, 1)
}

fn readings(tree: &Tree) -> Vec<Reading> {
    let mut readings = Vec::new();
    tree.read(Path::Root, &mut readings);
    readings
}

#[test]
fn dt_01_every_value_of_every_kind_fits_its_definition_at_any_hour() {
    for kind in ProfileKind::ALL {
        for version in [Lwm2mVersion::V1_0, Lwm2mVersion::V1_1] {
            let profile = Profile::new(kind, "d").with_version(version);
            let mut tree = deliver(&profile, &world(0));
            assert!(tree.objects().count() >= 3);
            for hour in 0..48 {
                let mut world = world(hour * 3_600);
                refresh(&mut tree, Path::Root, &mut world);
                for reading in readings(&tree) {
                    let definition = tree.definition(reading.path).expect("defined");
                    check_value(definition, &reading.value).expect("a fitting value");
                    let one_of = matches!(reading.path, Path::ResourceInstance(..));
                    assert_eq!(definition.multiple, one_of, "{}", reading.path);
                }
            }
        }
    }
}

#[test]
fn every_delivered_object_has_its_mandatory_resources() {
    for kind in ProfileKind::ALL {
        let tree = deliver(&Profile::new(kind, "d"), &world(0));
        for (object, id, instance) in tree.instances() {
            let definition = &tree.object(object).expect("listed").definition;
            for resource in definition.resources.iter().filter(|r| r.mandatory) {
                let there = instance.content(resource.id).is_some();
                assert!(there, "/{object}/{id}/{} of {kind}", resource.id);
            }
        }
    }
}

#[test]
fn values_depend_on_seed_and_time_alone() {
    let profile = Profile::new(ProfileKind::Tracker, "d");
    let look = |at: &[u64]| {
        let mut tree = deliver(&profile, &world(0));
        for seconds in at {
            refresh(&mut tree, Path::Root, &mut world(*seconds));
        }
        tree.value(Path::Resource(6, 0, 0)).cloned()
    };
    assert_eq!(look(&[600]), look(&[1, 2, 599, 600]));
    assert_ne!(look(&[600]), look(&[601]), "it moves");
}

#[test]
fn a_tracker_drives_at_the_speed_it_shows() {
    let mut tree = deliver(&Profile::new(ProfileKind::Tracker, "d"), &world(0));
    let mut speeds = Vec::new();
    for second in 0..1_800 {
        refresh(&mut tree, Path::Object(6), &mut world(second));
        speeds.push(
            tree.instance(6, 0)
                .and_then(|i| i.float(6))
                .expect("a speed"),
        );
    }
    assert!(
        speeds.iter().all(|speed| (0.0..40.0).contains(speed)),
        "m/s of a car"
    );
    assert!(speeds.iter().sum::<f64>() / 1_800.0 > 3.0);
}

#[test]
fn a_battery_drains_slowly_and_charges_again() {
    let mut tree = deliver(&Profile::new(ProfileKind::Sensor, "d"), &world(0));
    let mut levels = Vec::new();
    for minute in 0..24 * 60 {
        refresh(&mut tree, Path::Object(3), &mut world(minute * 60));
        levels.push(
            tree.instance(3, 0)
                .and_then(|i| i.integer(9))
                .expect("a level"),
        );
    }
    let steps: Vec<i64> = levels.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(steps.iter().all(|step| (-1..=2).contains(step)));
    assert!(steps.contains(&-1) && steps.contains(&1));
    let (low, high) = (levels.iter().min(), levels.iter().max());
    assert_eq!((low, high), (Some(&6), Some(&100)));
}

#[test]
fn extremes_follow_the_value_until_they_are_reset() {
    let mut tree = deliver(&Profile::new(ProfileKind::Sensor, "d"), &world(0));
    for minute in 0..600 {
        refresh(&mut tree, Path::Object(3303), &mut world(minute * 60));
    }
    let float = |tree: &Tree, id| tree.instance(3303, 0).and_then(|i| i.float(id));
    let (low, value, high) = (float(&tree, 5601), float(&tree, 5700), float(&tree, 5602));
    assert!(low < value || value < high);
    let done = execute(&mut tree, Path::Resource(3303, 0, 5605), &mut world(0));
    assert_eq!(done, Ok(()));
    assert_eq!((float(&tree, 5601), float(&tree, 5602)), (value, value));
}

#[test]
fn a_lamp_counts_its_seconds_only_while_it_is_on() {
    let mut tree = deliver(&Profile::new(ProfileKind::Sensor, "d"), &world(0));
    let on_time = Path::Resource(3311, 0, 5852);
    let switch = |tree: &mut Tree, on: bool, at: u64| {
        refresh(tree, Path::Object(3311), &mut world(at));
        let lamp = tree.instance_mut(3311, 0).expect("a lamp");
        lamp.set(5850, Value::Boolean(on));
    };
    switch(&mut tree, true, 100);
    switch(&mut tree, false, 160);
    switch(&mut tree, true, 500);
    refresh(&mut tree, on_time, &mut world(530));
    assert_eq!(tree.value(on_time), Some(&Value::Integer(90)));
    tree.instance_mut(3311, 0)
        .expect("a lamp")
        .set_integer(5852, 0);
    written(&mut tree, on_time, &mut world(530));
    refresh(&mut tree, on_time, &mut world(535));
    assert_eq!(tree.value(on_time), Some(&Value::Integer(5)));
}

#[test]
fn energy_is_the_power_over_time_however_seldom_one_looks() {
    let total = |every: u64| {
        let mut tree = deliver(&Profile::new(ProfileKind::Meter, "d"), &world(0));
        for at in (0..=7_200).step_by(usize::try_from(every).expect("seconds")) {
            refresh(&mut tree, Path::Object(3331), &mut world(at));
        }
        tree.instance(3331, 0)
            .and_then(|i| i.float(5700))
            .expect("an energy")
    };
    let (often, seldom) = (total(10), total(3_600));
    assert!(often > 200.0, "two hours of a household: {often} Wh");
    assert!((often / seldom - 1.0).abs() < 0.4, "{often} and {seldom}");
}
