use super::*;

#[test]
fn the_model_of_the_first_processor() {
    let text = "processor\t: 0\nmodel\t\t: 143\nmodel name\t: Imaginary CPU @ 2.00GHz\n\n\
                processor\t: 1\nmodel name\t: Another\n";
    assert_eq!(cpu_model(text), Some("Imaginary CPU @ 2.00GHz"));
    assert_eq!(cpu_model("processor : 0\n"), None);
    assert_eq!(or_unknown(cpu_model("model name :\n")), UNKNOWN);
}

#[test]
fn the_deepest_mount_that_holds_the_folder() {
    let mounts = "\
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
        30 22 0:25 / /tmp rw,nosuid - tmpfs tmpfs rw,size=1g\n\
        31 22 8:1 / /srv/data rw shared:9 master:2 - xfs /dev/sda1 rw\n\
        32 31 8:2 / /srv/data rw - btrfs /dev/sda2 rw\n\
        not a mount\n";
    let check = |path: &str, expect| {
        assert_eq!(filesystem(mounts, Path::new(path)), expect, "{path}");
    };
    check("/home/x", Some("ext4"));
    check("/tmp", Some("tmpfs"));
    check("/tmp/a/b", Some("tmpfs"));
    check("/tmporary", Some("ext4"));
    check("/srv/data/log", Some("btrfs"));
    check("relative", None);
}

#[test]
fn this_machine_is_described_and_memory_is_called_memory() {
    let here = Machine::here(Path::new("/"));
    assert!(here.cores >= 1);
    assert!(!here.to_string().contains("memory"), "{here}");
    let memory = Machine {
        filesystem: "tmpfs".to_owned(),
        ..here
    };
    assert!(memory.to_string().contains("not a disk"), "{memory}");
}
