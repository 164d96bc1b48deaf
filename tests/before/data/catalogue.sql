BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE asset (
	tenant_id VARCHAR NOT NULL, 
	uri VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	bytes BIGINT NOT NULL, 
	first_seen DATETIME NOT NULL, 
	last_seen DATETIME NOT NULL, 
	PRIMARY KEY (tenant_id, uri, sha256), 
	CONSTRAINT asset_tenant FOREIGN KEY(tenant_id) REFERENCES tenant (id)
);
CREATE TABLE dead_letter (
	tenant_id VARCHAR NOT NULL, 
	generation VARCHAR NOT NULL, 
	step_key VARCHAR, 
	operation VARCHAR, 
	title TEXT, 
	error_class VARCHAR NOT NULL, 
	problems JSON NOT NULL, 
	argv JSON, 
	stderr_tail TEXT NOT NULL, 
	inputs JSON NOT NULL, 
	id VARCHAR NOT NULL, 
	created DATETIME NOT NULL, 
	state VARCHAR NOT NULL, 
	replayed_as VARCHAR, 
	PRIMARY KEY (tenant_id, id), 
	CONSTRAINT dead_letter_generation FOREIGN KEY(tenant_id, generation) REFERENCES generation (tenant_id, id) ON DELETE CASCADE
);
INSERT INTO "dead_letter" VALUES('shop','1642a2c0b3ac1d029010c966c4a99256','b89039430bd2193f620209da02019a8e1d43b55e7fb5426ae3a896309058ae1e','bind','bind template.mp4','internal','[{"place": "segment 1", "what": "FFmpeg failed", "remedy": "report it"}]','["ffmpeg", "-i", "a.mp4"]','[error] broken','{"steps": ["c497d64057308900be863dbcdd24fe54449370e657ce0b4757f93621c6cab489", "4d296a07648467ae005d65e4d4ecb8395f5b17bfdce9067c543a1a47250b2421", "49f91353aa00dba9e5597537ed40788156437398149ac510a3d283e9dc7c0243"], "pictures": []}','dead_562133e043cc2ac61776b66c41e857dc','2026-11-28 12:28:22.398536','open',NULL);
CREATE TABLE generation (
	tenant_id VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	project VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	request JSON NOT NULL, 
	priority VARCHAR NOT NULL, 
	slot VARCHAR, 
	idempotency_key VARCHAR, 
	flow_run VARCHAR, 
	status VARCHAR NOT NULL, 
	turn DATETIME NOT NULL, 
	created DATETIME NOT NULL, 
	started DATETIME, 
	ended DATETIME, 
	touched DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	killed_workers INTEGER NOT NULL, 
	plan_digest VARCHAR, 
	predicted_seconds FLOAT, 
	seconds FLOAT, 
	error_class VARCHAR, 
	error TEXT, 
	report JSON, request_metadata JSON, webhook JSON, 
	PRIMARY KEY (tenant_id, id), 
	CONSTRAINT generation_project FOREIGN KEY(tenant_id, project) REFERENCES project (tenant_id, id), 
	CONSTRAINT generation_idempotency UNIQUE (tenant_id, idempotency_key)
);
INSERT INTO "generation" VALUES('shop','59ee61012757f3439e26a6f0e45d0c6f','spring','template','{"kind": "template", "variables": {"NAME": {"type": "text"}, "TINT": {"type": "colour", "default": "#204060"}}, "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "{{TINT}}", "duration": 0.2}]}, {"clips": [{"type": "text", "text": "Hello {{NAME}}", "duration": 0.2}]}]}, "resolution": "480p", "loudness": "off", "stills": false, "data": {"NAME": "Ada"}}','interactive','done','order-done','run','done','2026-11-28 12:28:20.895953','2026-11-28 12:28:20.895953','2026-11-28 12:28:20.935216','2026-11-28 12:28:22.078581','2026-11-28 12:28:22.078581',1,0,'419599ab6345b43392abf4effef25097293ce0c3acf949dbe02efc6b4858c304',0.6,0.848,NULL,NULL,'{"generation": "shop/59ee61012757f3439e26a6f0e45d0c6f", "kind": "template", "status": "done", "request": {"aspect": "9:16", "resolution": "480p", "fit": "contain", "frame_rate": 30, "bitrate": "medium", "preview": null, "metadata": {}, "webhook": null, "kind": "template", "variables": {"NAME": {"type": "text", "choices": [], "max_length": 500, "default": null, "description": ""}, "TINT": {"type": "colour", "choices": [], "max_length": 500, "default": "#204060", "description": ""}}, "data": {"NAME": "Ada"}, "timeline": {"tracks": [{"clips": [{"start": "auto", "area": {"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}, "position": {"x": 0.0, "y": 0.0}, "scale": 1.0, "rotation": 0.0, "opacity": 1.0, "clipped": false, "transition": null, "type": "colour", "colour": "#204060", "duration": 0.2}]}, {"clips": [{"start": "auto", "area": {"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}, "position": {"x": 0.0, "y": 0.0}, "scale": 1.0, "rotation": 0.0, "opacity": 1.0, "clipped": false, "transition": null, "type": "text", "text": "Hello Ada", "duration": 0.2, "size": 60.0, "smallest": 20.0, "bold": true, "colour": "#ffffff", "outline": 2.0, "outline_colour": "#000000", "shadow": 0.0, "shadow_colour": "#000000a0", "align": "centre", "vertical": "middle", "line_height": 1.2, "padding": 0.0, "background": "#00000000", "balanced": false, "missing_glyphs": "replace"}]}]}, "duration": "auto", "background": "#000000", "loudness": "off", "stills": false}, "assets": {}, "seconds": 0.848, "estimate": {"seconds": 0.6, "seconds_low": 0.3, "seconds_high": 1.5, "cpu_seconds": 0.8, "bytes": 1140875, "steps": 7}, "steps": [{"kind": "text", "steps": 1, "reused": 0, "seconds": 0.13, "saved_seconds": 0.0, "bytes": 1024800}, {"kind": "compose", "steps": 1, "reused": 0, "seconds": 0.152, "saved_seconds": 0.0, "bytes": 10188}, {"kind": "soundtrack", "steps": 1, "reused": 0, "seconds": 0.126, "saved_seconds": 0.0, "bytes": 915}, {"kind": "join", "steps": 1, "reused": 0, "seconds": 0.031, "saved_seconds": 0.0, "bytes": 4144}, {"kind": "prove", "steps": 1, "reused": 0, "seconds": 0.125, "saved_seconds": 0.0, "bytes": 214}, {"kind": "prove-sound", "steps": 1, "reused": 0, "seconds": 0.005, "saved_seconds": 0.0, "bytes": 198}, {"kind": "bind", "steps": 1, "reused": 0, "seconds": 0.006, "saved_seconds": 0.0, "bytes": 110}], "outputs": [{"name": "template", "files": [{"name": "template.mp4", "path": "/home/reel/outputs/shop/59ee61012757f3439e26a6f0e45d0c6f/template.mp4", "bytes": 4144, "sha256": "739c5c45f14239bd1512f1bb8e27ebdaa903cb2f0d6de97cbc536b51b3b18d58"}], "measured": {"frames": 6, "samples": 9600, "seconds": 0.2, "width": 480, "height": 854, "frame_rate": "30", "black_share": 0.0, "sound_rms_db": -120.0, "sound_peak_db": -120.0, "sound_silent": "plan"}, "manifest": {"name": "template", "frames": 6, "seconds": 0.2, "tracks": 2, "sequence": [{"place": "timeline.tracks[0].clips[0]", "name": "colour", "start_frame": 0, "frames": 6}]}, "warnings": ["the sound is silent, as planned: nothing is to be heard"]}], "build": "ffmpeg:7d4b288dccb9c259 packets:18.1.0/8.1.2 pillow:13.0.0/1.8.1 opencv:5.0.0 numpy:2.4.6", "warnings": []}','null','null');
INSERT INTO "generation" VALUES('shop','184b3e91dd7a9e42e6494cc41733c174','spring','template','{"kind": "template", "variables": {"NAME": {"type": "text"}, "TINT": {"type": "colour", "default": "#204060"}}, "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "{{TINT}}", "duration": 0.2}]}, {"clips": [{"type": "text", "text": "Hello {{NAME}}", "duration": 0.2}]}]}, "resolution": "480p", "loudness": "off", "stills": false, "data": {"NAME": "Bob"}}','interactive','queued','order-queued',NULL,'queued','2026-11-28 12:28:22.135657','2026-11-28 12:28:22.135657',NULL,NULL,'2026-11-28 12:28:22.135657',0,0,NULL,NULL,NULL,NULL,NULL,'null','null','null');
INSERT INTO "generation" VALUES('shop','1642a2c0b3ac1d029010c966c4a99256','spring','template','{"kind": "template", "variables": {"NAME": {"type": "text"}, "TINT": {"type": "colour", "default": "#204060"}}, "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "{{TINT}}", "duration": 0.2}]}, {"clips": [{"type": "text", "text": "Hello {{NAME}}", "duration": 0.2}]}]}, "resolution": "480p", "loudness": "off", "stills": false, "data": {"NAME": "Eve"}}','interactive','failed','order-failed','run','failed','2026-11-28 12:28:22.136657','2026-11-28 12:28:22.200079','2026-11-28 12:28:22.253798','2026-11-28 12:28:22.409826','2026-11-28 12:28:22.409826',1,0,'8b27a5c1bfe4937c03c394c824d8ceb9da26bc275bcf105b33872fb014d83ba3',0.6,NULL,'internal','segment 1: FFmpeg failed (report it)','null','null','null');
CREATE TABLE output (
	tenant_id VARCHAR NOT NULL, 
	generation VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	location VARCHAR NOT NULL, 
	bytes BIGINT NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	PRIMARY KEY (tenant_id, generation, name), 
	CONSTRAINT output_generation FOREIGN KEY(tenant_id, generation) REFERENCES generation (tenant_id, id) ON DELETE CASCADE
);
INSERT INTO "output" VALUES('shop','59ee61012757f3439e26a6f0e45d0c6f','template.mp4','/home/reel/outputs/shop/59ee61012757f3439e26a6f0e45d0c6f/template.mp4',4144,'739c5c45f14239bd1512f1bb8e27ebdaa903cb2f0d6de97cbc536b51b3b18d58');
CREATE TABLE project (
	tenant_id VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	created DATETIME NOT NULL, 
	PRIMARY KEY (tenant_id, id), 
	CONSTRAINT project_tenant FOREIGN KEY(tenant_id) REFERENCES tenant (id)
);
INSERT INTO "project" VALUES('shop','spring','2026-11-28 12:28:20.883667');
CREATE TABLE step (
	tenant_id VARCHAR NOT NULL, 
	generation VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	operation VARCHAR NOT NULL, 
	title TEXT NOT NULL, 
	seconds FLOAT NOT NULL, 
	reused BOOLEAN NOT NULL, 
	bytes BIGINT NOT NULL, 
	worker VARCHAR, 
	state VARCHAR NOT NULL, 
	PRIMARY KEY (tenant_id, generation, "key"), 
	CONSTRAINT step_generation FOREIGN KEY(tenant_id, generation) REFERENCES generation (tenant_id, id) ON DELETE CASCADE
);
INSERT INTO "step" VALUES('shop','59ee61012757f3439e26a6f0e45d0c6f','fc66411a7ec29d31d1db0b56e3512ddae7cbe2df0d856f758ba492af01df3cb1','text','text Hello Ada',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','59ee61012757f3439e26a6f0e45d0c6f','f992350ae5c7e31560c93f543037ad8aa3bc6280c7f91f091fec893bf9a8a326','compose','#204060, text',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','59ee61012757f3439e26a6f0e45d0c6f','68e696583058ede7fb8e185435dda463929672b04655a177eb0cb56daf20aa55','soundtrack','sound of template',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','59ee61012757f3439e26a6f0e45d0c6f','6570eb5e25d73bbcf3c4323bf9304200a7ea7aa615e2c6678893e651100d12eb','join','join template',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','59ee61012757f3439e26a6f0e45d0c6f','41969118ca4c180a0dba5725db0f83c08f22c413c12b59dfbbaa2dc4ea7d6105','prove','proof of #204060, text',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','59ee61012757f3439e26a6f0e45d0c6f','49f91353aa00dba9e5597537ed40788156437398149ac510a3d283e9dc7c0243','prove-sound','proof of sound of template',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','59ee61012757f3439e26a6f0e45d0c6f','3a5fb15ec0dc7130aaa626aeceebb5a2d3170e93e837a4d48caa6ed8fed7ebd1','bind','bind template.mp4',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','1642a2c0b3ac1d029010c966c4a99256','ec731905a0eb54d260f199b278832ad365c63cfcf8b728196167989f67e4495d','text','text Hello Eve',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','1642a2c0b3ac1d029010c966c4a99256','593f15ba5bea57a6d815693b9066c4f0f56e3631ed0262af6374147445873955','compose','#204060, text',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','1642a2c0b3ac1d029010c966c4a99256','68e696583058ede7fb8e185435dda463929672b04655a177eb0cb56daf20aa55','soundtrack','sound of template',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','1642a2c0b3ac1d029010c966c4a99256','c497d64057308900be863dbcdd24fe54449370e657ce0b4757f93621c6cab489','join','join template',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','1642a2c0b3ac1d029010c966c4a99256','4d296a07648467ae005d65e4d4ecb8395f5b17bfdce9067c543a1a47250b2421','prove','proof of #204060, text',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','1642a2c0b3ac1d029010c966c4a99256','49f91353aa00dba9e5597537ed40788156437398149ac510a3d283e9dc7c0243','prove-sound','proof of sound of template',0.0,0,0,NULL,'planned');
INSERT INTO "step" VALUES('shop','1642a2c0b3ac1d029010c966c4a99256','b89039430bd2193f620209da02019a8e1d43b55e7fb5426ae3a896309058ae1e','bind','bind template.mp4',0.0,0,0,NULL,'planned');
CREATE TABLE tenant (
	id VARCHAR NOT NULL, 
	created DATETIME NOT NULL, 
	concurrency INTEGER, 
	weight FLOAT NOT NULL, webhook_hosts JSON, 
	PRIMARY KEY (id)
);
INSERT INTO "tenant" VALUES('shop','2026-11-28 12:28:20.813999',NULL,1.0,NULL);
CREATE TABLE usage (
	tenant_id VARCHAR NOT NULL, 
	generation VARCHAR NOT NULL, 
	rendered_seconds FLOAT NOT NULL, 
	cpu_seconds FLOAT NOT NULL, 
	output_seconds FLOAT NOT NULL, 
	bytes BIGINT NOT NULL, 
	created DATETIME NOT NULL, 
	PRIMARY KEY (tenant_id, generation), 
	CONSTRAINT usage_tenant FOREIGN KEY(tenant_id) REFERENCES tenant (id)
);
INSERT INTO "usage" VALUES('shop','59ee61012757f3439e26a6f0e45d0c6f',5.75000000000000066613e-01,0.0,0.2,4144,'2026-11-28 12:28:22.071767');
CREATE TABLE webhook_endpoint (
	tenant_id VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	secret VARCHAR NOT NULL, 
	previous_secret VARCHAR, 
	rotated DATETIME, 
	events JSON, 
	created DATETIME NOT NULL, 
	disabled DATETIME, 
	PRIMARY KEY (tenant_id, id), 
	CONSTRAINT webhook_endpoint_tenant FOREIGN KEY(tenant_id) REFERENCES tenant (id)
);
INSERT INTO "webhook_endpoint" VALUES('shop','ep_f8aa4e26d0529065f8a90a4647bfb4b1','https://hooks.example/reelflow','whsec_qt3/7bXp6ZxK3M8wO0lo3J4YP/8IbsbS2XClbAr9PC8=',NULL,NULL,'null','2026-11-28 12:28:20.836219',NULL);
CREATE TABLE webhook_event (
	tenant_id VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	generation VARCHAR NOT NULL, 
	endpoint VARCHAR NOT NULL, 
	sequence INTEGER NOT NULL, 
	type VARCHAR NOT NULL, 
	payload JSON NOT NULL, 
	created DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_at DATETIME NOT NULL, 
	claimed_until DATETIME, 
	delivered_at DATETIME, 
	state VARCHAR NOT NULL, 
	last_error TEXT, url VARCHAR, host VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (tenant_id, id), 
	CONSTRAINT webhook_event_endpoint FOREIGN KEY(tenant_id, endpoint) REFERENCES webhook_endpoint (tenant_id, id) ON DELETE CASCADE, 
	CONSTRAINT webhook_event_generation FOREIGN KEY(tenant_id, generation) REFERENCES generation (tenant_id, id) ON DELETE CASCADE, 
	CONSTRAINT webhook_event_order UNIQUE (tenant_id, endpoint, generation, sequence)
);
INSERT INTO "webhook_event" VALUES('shop','evt_a0ab483ba610fb59ecc088bec1018413','59ee61012757f3439e26a6f0e45d0c6f','ep_f8aa4e26d0529065f8a90a4647bfb4b1',1,'generation.queued','{"type": "generation.queued", "timestamp": "2026-11-28T12:28:20.912034+00:00", "data": {"generation": "59ee61012757f3439e26a6f0e45d0c6f", "project": "spring", "kind": "template", "slot": "done", "idempotency_key": "order-done", "status": "queued", "attempt": 0, "metadata": {}}}','2026-11-28 12:28:20.912034',0,'2026-11-28 12:28:20.912034',NULL,NULL,'pending',NULL,NULL,'');
INSERT INTO "webhook_event" VALUES('shop','evt_274d2fa34db328ee7b66e5dbdd49b66d','59ee61012757f3439e26a6f0e45d0c6f','ep_f8aa4e26d0529065f8a90a4647bfb4b1',2,'generation.started','{"type": "generation.started", "timestamp": "2026-11-28T12:28:20.939353+00:00", "data": {"generation": "59ee61012757f3439e26a6f0e45d0c6f", "project": "spring", "kind": "template", "slot": "done", "idempotency_key": "order-done", "status": "fetching", "attempt": 1, "metadata": {}}}','2026-11-28 12:28:20.939353',0,'2026-11-28 12:28:20.939353',NULL,NULL,'pending',NULL,NULL,'');
INSERT INTO "webhook_event" VALUES('shop','evt_5893501a5f0cbba34d5210ae136a828b','59ee61012757f3439e26a6f0e45d0c6f','ep_f8aa4e26d0529065f8a90a4647bfb4b1',3,'generation.done','{"type": "generation.done", "timestamp": "2026-11-28T12:28:22.105615+00:00", "data": {"generation": "59ee61012757f3439e26a6f0e45d0c6f", "project": "spring", "kind": "template", "slot": "done", "idempotency_key": "order-done", "status": "done", "attempt": 1, "metadata": {}, "outputs": [{"name": "template.mp4", "location": "/home/reel/outputs/shop/59ee61012757f3439e26a6f0e45d0c6f/template.mp4", "duration": 0.2, "bytes": 4144, "sha256": "739c5c45f14239bd1512f1bb8e27ebdaa903cb2f0d6de97cbc536b51b3b18d58", "poster": null}], "report": {"location": "/home/reel/outputs/shop/59ee61012757f3439e26a6f0e45d0c6f/report.json"}, "report_page": {"location": "/home/reel/outputs/shop/59ee61012757f3439e26a6f0e45d0c6f/report.html"}}}','2026-11-28 12:28:22.105615',0,'2026-11-28 12:28:22.105615',NULL,NULL,'pending',NULL,NULL,'');
INSERT INTO "webhook_event" VALUES('shop','evt_e101b7985516b43c93d49114e4ee9fb1','184b3e91dd7a9e42e6494cc41733c174','ep_f8aa4e26d0529065f8a90a4647bfb4b1',1,'generation.queued','{"type": "generation.queued", "timestamp": "2026-11-28T12:28:22.157943+00:00", "data": {"generation": "184b3e91dd7a9e42e6494cc41733c174", "project": "spring", "kind": "template", "slot": "queued", "idempotency_key": "order-queued", "status": "queued", "attempt": 0, "metadata": {}}}','2026-11-28 12:28:22.157943',0,'2026-11-28 12:28:22.157943',NULL,NULL,'pending',NULL,NULL,'');
INSERT INTO "webhook_event" VALUES('shop','evt_90597e820462ecfd6f4193f0b05ffa56','1642a2c0b3ac1d029010c966c4a99256','ep_f8aa4e26d0529065f8a90a4647bfb4b1',1,'generation.queued','{"type": "generation.queued", "timestamp": "2026-11-28T12:28:22.211870+00:00", "data": {"generation": "1642a2c0b3ac1d029010c966c4a99256", "project": "spring", "kind": "template", "slot": "failed", "idempotency_key": "order-failed", "status": "queued", "attempt": 0, "metadata": {}}}','2026-11-28 12:28:22.211870',0,'2026-11-28 12:28:22.211870',NULL,NULL,'pending',NULL,NULL,'');
INSERT INTO "webhook_event" VALUES('shop','evt_fcf9f196ac45464ebd0ec3cd64e7c896','1642a2c0b3ac1d029010c966c4a99256','ep_f8aa4e26d0529065f8a90a4647bfb4b1',2,'generation.started','{"type": "generation.started", "timestamp": "2026-11-28T12:28:22.255459+00:00", "data": {"generation": "1642a2c0b3ac1d029010c966c4a99256", "project": "spring", "kind": "template", "slot": "failed", "idempotency_key": "order-failed", "status": "fetching", "attempt": 1, "metadata": {}}}','2026-11-28 12:28:22.255459',0,'2026-11-28 12:28:22.255459',NULL,NULL,'pending',NULL,NULL,'');
INSERT INTO "webhook_event" VALUES('shop','evt_c20c60d63ecf65d2d0f876ef776b43b6','1642a2c0b3ac1d029010c966c4a99256','ep_f8aa4e26d0529065f8a90a4647bfb4b1',3,'generation.failed','{"type": "generation.failed", "timestamp": "2026-11-28T12:28:22.412218+00:00", "data": {"generation": "1642a2c0b3ac1d029010c966c4a99256", "project": "spring", "kind": "template", "slot": "failed", "idempotency_key": "order-failed", "status": "failed", "attempt": 1, "metadata": {}, "error": {"class": "internal", "message": "segment 1: FFmpeg failed (report it)", "problems": [{"place": "segment 1", "what": "FFmpeg failed", "remedy": "report it"}], "dead_letter": "dead_562133e043cc2ac61776b66c41e857dc"}}}','2026-11-28 12:28:22.412218',0,'2026-11-28 12:28:22.412218',NULL,NULL,'pending',NULL,NULL,'');
CREATE INDEX usage_created ON usage (tenant_id, created);
CREATE INDEX generation_created ON generation (tenant_id, created);
CREATE INDEX generation_ended ON generation (ended);
CREATE INDEX generation_queue ON generation (status, priority, turn);
CREATE INDEX generation_slot ON generation (tenant_id, project, slot, ended);
CREATE INDEX dead_letter_state ON dead_letter (tenant_id, state);
CREATE INDEX webhook_event_due ON webhook_event (state, next_at);
CREATE INDEX webhook_event_sequence ON webhook_event (tenant_id, generation, sequence);
COMMIT;
