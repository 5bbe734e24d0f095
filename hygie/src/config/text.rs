//! The configuration that `hygie init` writes: every key with its meaning.

/// A commented `hygie.toml` to begin with.
#[must_use]
pub fn starting_text() -> &'static str {
    STARTING_TEXT
}

const STARTING_TEXT: &str = r#"# Hygie: the configuration of one door.
# Paths are relative to this file. Unknown keys are refused. Secrets are named by file.
# After a change: `hygie check`, then restart `hygie serve`.

# The language of answers for clients that ask for none: "en" or "fr".
language = "fr"

[listen]
# Where the door listens.
address = "0.0.0.0:8443"
# The address by which clients know it.
public_url = "https://localhost:8443"

[tls]
# The certificate chain and the private key of the door (PEM; the key for its owner only).
# `hygie init` made an authority and a certificate for localhost: put your own here.
cert_file = "hygie-data/tls/server.pem"
key_file = "hygie-data/tls/server.key"
# The authorities whose client certificates are accepted, and which part names the person:
# "serial-number", "common-name", "email:DOMAIN" or "uri:PREFIX".
# client_ca_file = "health-professional-cards.pem"
# client_person = "serial-number"

[data]
# Keys and evidence. Back it up; give `evidence.pub` and `telemetry.pub` to those who will check
# the evidence.
folder = "hygie-data"

[hospital]
# Who works where and cares for whom (see docs/directory.md for its form).
directory_file = "directory.json"

[policy]
# A folder with `schema.cedarschema` and `*.cedar`; without it the built-in set decides.
# folder = "policies"

[break_glass]
# How long an emergency opens one patient's record: from 1 to 60 minutes.
open_minutes_max = 60
# By when each opening must be reviewed.
review_hours_max = 72

# Evidence of years: full pieces of the logs are sealed as Parquet by the program `hygie-lake`.
# Without that program everything stays in the logs, and the door serves all the same.
[lake]
# The program, when it is not beside `hygie`.
# program = "/usr/local/bin/hygie-lake"
# Where sealed evidence is kept: a folder, or a bucket that speaks S3. Without it, the folder
# `lake` of the data folder.
# store_url = "s3://bucket/evidence"
# endpoint = "https://objects.hospital.example"
# region = "eu-west-3"
# The two parts of the bucket's key, each in a file of its own.
# access_key_id_file = "lake-id.txt"
# secret_access_key_file = "lake-key.txt"
# Whether the endpoint may be spoken to in clear.
# allow_http = false
# The most memory that one job may take, in megabytes.
memory_mb_max = 1024
# How long decisions stay in their log before they are sealed; telemetry is sealed at once.
seal_after_hours = 24
# How often it is looked whether something may be sealed.
seal_check_s = 30
# The length of one piece of a log: only a full one is sealed.
segment_bytes = 67108864

# The OpenID providers whose tokens are accepted. One section each.
[[identity.issuers]]
issuer = "https://idp.hospital.example"
audiences = ["hygie"]
# The keys of the provider: an address over https, or a file.
jwks_url = "https://idp.hospital.example/jwks"
# jwks_file = "jwks.json"
# The authority of the provider's certificate; without it, those of the operating system.
# ca_file = "idp-ca.pem"
# How often keys are renewed, and the tolerated difference between clocks.
# refresh_s = 300
# leeway_s = 30

# The systems that tell who is where (HL7 v2 ADT over MLLP): see docs/feeds.md. One section each.
# [[feeds]]
# name = "adt"
# Where it is listened, and from where the sender may come: addresses or ranges.
# address = "0.0.0.0:2575"
# peers = ["10.1.2.3"]
# The zone of times that name none.
# time_zone = "Europe/Paris"
# With TLS: the certificate and key of the door, and the authority of the sender's certificate.
# cert_file = "hygie-data/tls/server.pem"
# key_file = "hygie-data/tls/server.key"
# client_ca_file = "feeds-ca.pem"
# Whose messages are taken (MSH-3 and MSH-4; any without), and how its names become ours.
# [[feeds.senders]]
# application = "ADMIN"
# facility = "TILLEULS"
# The authority in PID-3 whose identifier is the logical id of the FHIR `Patient`.
# patient_authority = "1.2.250.1.999.1"
# patient_prefix = ""
# person_authority = "1.2.250.1.71.4.2.1"
# person_prefix = ""
# unit_prefix = "tilleuls-"
# units = { MED = "tilleuls-medicine" }

# The logs of other systems, which are kept as evidence and watched: see docs/logs.md. One section
# each, with one of `follow`, `drop` and `address`.
# [[logs]]
# name = "zeek"
# Files that grow, and folders of such files.
# follow = ["/var/log/zeek/current"]
# The zone of times that name none, and the only format that is taken.
# time_zone = "Europe/Paris"
# format = "zeek"

# [[logs]]
# name = "imports"
# A folder into which whole files are dropped; they are put away into its folder `done`.
# drop = "/srv/hygie/drop"

# [[logs]]
# name = "syslog"
# Where it is listened, how ("udp", "tcp", or "http" for requests with lines as their body), and
# from where senders may come.
# address = "0.0.0.0:6514"
# transport = "tcp"
# peers = ["10.0.0.0/8"]
# With TLS: the certificate and key of the door, and the authority of the senders' certificates.
# cert_file = "hygie-data/tls/server.pem"
# key_file = "hygie-data/tls/server.key"
# client_ca_file = "senders-ca.pem"

# The devices that are seen on the network, without touching them: see docs/tiers.md. What monitors
# wrote in `[[logs]]` tells of them. Without this section no inventory is kept.
[inventory]
# How long what nobody tells any more is known, in days.
# keep_days = 90
# By which dates support ends: tables, and products of endoflife.date or their folder.
# support = ["support.toml", "endoflife/products"]

# What comes to an interface, such as that of a mirror port, read by `tcpdump`.
# [[inventory.captures]]
# name = "core-mirror"
# interface = "eth1"

# What another program writes as a capture.
# [[inventory.captures]]
# name = "sensor-2"
# command = ["ssh", "sensor-2", "tcpdump", "-n", "-U", "-w", "-", "-i", "eth1"]

# A folder into which finished captures are put.
# [[inventory.captures]]
# name = "ring"
# folder = "/var/spool/captures"

# What is kept is watched: accesses by the rules that come with the program, and every log by
# rules of your own (Sigma) and by analytics (docs/analytics.md). Findings are kept as evidence.
[watch]
# Files and folders of Sigma rules.
# rules = ["rules"]
# A table with the values of their placeholders (docs/sigma.md).
# placeholders_file = "placeholders.toml"
# Which network is which establishment and tier (docs/analytics.md).
# places_file = "places.toml"
# What is kept from becoming an incident, why, by whom and until when (docs/watch.md).
# suppressions_file = "suppressions.toml"
# Files and folders with lists of indicators: STIX, MISP, CSV or plain (docs/hunt.md). Lists that
# change are read again.
# indicators = ["indicators"]
# What is new among rules and lists is looked for in what was kept before: so far back, with so much
# of one core (0: never).
# hunt_since_days = 1098
# hunt_core_percent = 25

# The guard before medical devices and building control (docs/tiers.md).
[guard]
# Who may command what, by conduits.
# policy_file = "guard.toml"

# Where it stands: clients come to `address` instead of to the device. One section each.
# [[guard.lines]]
# conduit = "theatre-air"
# asset = "fan-1"
# address = "0.0.0.0:1502"
# device = "10.30.4.7:502"
# The unit there (Modbus), when several answer at the address.
# unit = 1
# What stands before the number of a patient in the id of the record (DICOM).
# patient_prefix = ""
# With these, clients show a certificate whose common name is theirs (Modbus/TCP Security, DICOM).
# cert_file = "line.pem"
# key_file = "line-key.pem"
# client_ca_file = "machines-ca.pem"

# What is known of addresses: machines under their own names, and tiers of networks.
# [[guard.places]]
# addresses = "10.20.0.5"
# service = "building-supervision"
# tier = "building"

# The services behind the door. One section each; the name is the first part of the public path.
[[services]]
name = "fhir"
# "fhir": a FHIR R4 server, whose answers are read before they are shown.
# "web": any other web application.
kind = "fhir"
# "office", "medical" or "building".
tier = "office"
# Its address; `http` is accepted on this machine only.
url = "http://127.0.0.1:8080/fhir"
# Other addresses by which it names itself in links and references.
# own_urls = ["https://ehr.hospital.example/fhir"]
# The authority of its certificate; without it, those of the operating system.
# ca_file = "ehr-ca.pem"
# A file with the `Authorization` header that the door presents to it.
# authorization_file = "ehr-authorization.txt"
"#;
