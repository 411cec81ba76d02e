PRAGMA application_id = 1313887315;
PRAGMA user_version = 6;
BEGIN TRANSACTION;
CREATE TABLE accounts (
	account INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	id TEXT NOT NULL,
	name TEXT,
	ou TEXT,
	status TEXT,
	rest TEXT NOT NULL,
	reason TEXT,
	request_id TEXT,
	at INTEGER,
	is_done INTEGER NOT NULL DEFAULT 0,
	organization TEXT,
	note TEXT,
	digest BLOB,
	UNIQUE (run, id)
) STRICT;
INSERT INTO "accounts" VALUES(1,1,'000002000006','management','/','ACTIVE','disabled','not among the account''s regions (ec2:DescribeRegions)','e57a7e00-0000-4000-8000-000000000004',1796012983,1,'o-estate0001',NULL,X'2C4648DE35854FA54BF4F4D0E2ED7CBB20BA3E28180BE18560A90055800C2445');
INSERT INTO "accounts" VALUES(2,1,'007921000013','漢字 data-test-1','/Dev','ACTIVE','disabled','not among the account''s regions (ec2:DescribeRegions)','e57a7e00-0000-4000-8000-000000000006',1796012983,1,'o-estate0001',NULL,X'4CC4664863A98269AE75CCEA1FE16C942ECC8CFDF1719297F7D12622CC082462');
CREATE TABLE cells (
	account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
	region INTEGER NOT NULL,
	state TEXT NOT NULL,
	beneath TEXT NOT NULL,
	complete INTEGER NOT NULL,
	resources INTEGER NOT NULL,
	failing INTEGER NOT NULL,
	exempt INTEGER NOT NULL,
	unknown INTEGER NOT NULL,
	worst INTEGER NOT NULL,
	reason TEXT,
	request_id TEXT,
	at INTEGER,
	PRIMARY KEY (account, region)
) STRICT, WITHOUT ROWID;
INSERT INTO "cells" VALUES(1,1,'pass','pass',1,3,0,0,0,0,NULL,'e57a7e00-0000-4000-8000-000000000008',1796012983);
INSERT INTO "cells" VALUES(2,1,'pass','pass',1,4,0,0,0,0,NULL,'e57a7e00-0000-4000-8000-00000000000e',1796012983);
CREATE TABLE controls (
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	id TEXT NOT NULL,
	severity TEXT NOT NULL,
	PRIMARY KEY (run, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "controls" VALUES(1,'neptune-encryption-at-rest','high');
INSERT INTO "controls" VALUES(1,'neptune-global-database-encryption','high');
INSERT INTO "controls" VALUES(1,'neptune-instance-encryption','high');
INSERT INTO "controls" VALUES(1,'neptune-key-rotation','low');
INSERT INTO "controls" VALUES(1,'neptune-key-usable','critical');
INSERT INTO "controls" VALUES(1,'neptune-snapshot-encryption','high');
CREATE TABLE exceptions (
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	name TEXT NOT NULL,
	control TEXT NOT NULL,
	account TEXT NOT NULL,
	region TEXT NOT NULL,
	resource TEXT NOT NULL,
	tag TEXT,
	owner TEXT NOT NULL,
	reason TEXT NOT NULL,
	ticket TEXT,
	expires TEXT NOT NULL,
	state TEXT NOT NULL,
	findings INTEGER NOT NULL,
	PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE findings (
	account INTEGER NOT NULL,
	region INTEGER NOT NULL,
	number INTEGER NOT NULL,
	control TEXT NOT NULL,
	verdict TEXT NOT NULL,
	severity TEXT NOT NULL,
	reason TEXT,
	evidence TEXT NOT NULL,
	exception TEXT,
	request_id TEXT,
	at INTEGER,
	PRIMARY KEY (account, region, number, control),
	FOREIGN KEY (account, region, number) REFERENCES resources ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO "findings" VALUES(1,1,0,'neptune-encryption-at-rest','pass','high','encrypted with a KMS key','{"StorageEncrypted":"true","StorageEncryptionType":null,"KmsKeyId":"arn:aws:kms:us-east-1:000002000006:key/f2c399e2-0000-4000-8000-00006a8dcf7b","Status":"available"}',NULL,'e57a7e00-0000-4000-8000-000000000008',1796012983);
INSERT INTO "findings" VALUES(1,1,1,'neptune-instance-encryption','pass','high','encrypted with a KMS key','{"StorageEncrypted":"true","StorageEncryptionType":null,"KmsKeyId":"arn:aws:kms:us-east-1:000002000006:key/f2c399e2-0000-4000-8000-00006a8dcf7b","Status":"available"}',NULL,'e57a7e00-0000-4000-8000-00000000000a',1796012983);
INSERT INTO "findings" VALUES(1,1,2,'neptune-key-usable','pass','critical','the key is enabled','{"KeyState":"Enabled","DeletionDate":null,"ValidTo":null,"KeyManager":"AWS","Origin":"AWS_KMS","AWSAccountId":"000002000006","Status":null}',NULL,'e57a7e00-0000-4000-8000-00000000000c',1796012983);
INSERT INTO "findings" VALUES(2,1,0,'neptune-encryption-at-rest','pass','high','encrypted with a KMS key','{"StorageEncrypted":"true","StorageEncryptionType":null,"KmsKeyId":"arn:aws:kms:us-east-1:007921000013:key/d2e32483-0000-4000-8000-0000eb6e5f37","Status":"available"}',NULL,'e57a7e00-0000-4000-8000-00000000000e',1796012983);
INSERT INTO "findings" VALUES(2,1,1,'neptune-instance-encryption','pass','high','encrypted with a KMS key','{"StorageEncrypted":"true","StorageEncryptionType":null,"KmsKeyId":"arn:aws:kms:us-east-1:007921000013:key/d2e32483-0000-4000-8000-0000eb6e5f37","Status":"available"}',NULL,'e57a7e00-0000-4000-8000-000000000010',1796012983);
INSERT INTO "findings" VALUES(2,1,2,'neptune-instance-encryption','pass','high','encrypted with a KMS key','{"StorageEncrypted":"true","StorageEncryptionType":null,"KmsKeyId":"arn:aws:kms:us-east-1:007921000013:key/d2e32483-0000-4000-8000-0000eb6e5f37","Status":"available"}',NULL,'e57a7e00-0000-4000-8000-000000000010',1796012983);
INSERT INTO "findings" VALUES(2,1,3,'neptune-key-usable','pass','critical','the key is enabled','{"KeyState":"Enabled","DeletionDate":null,"ValidTo":null,"KeyManager":"AWS","Origin":"AWS_KMS","AWSAccountId":"007921000013","Status":null}',NULL,'e57a7e00-0000-4000-8000-000000000012',1796012983);
CREATE TABLE regions (
	region INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	name TEXT NOT NULL,
	shown INTEGER NOT NULL DEFAULT 0,
	UNIQUE (run, name)
) STRICT;
INSERT INTO "regions" VALUES(1,1,'us-east-1',1);
CREATE TABLE requests (
	run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
	operation TEXT NOT NULL,
	sent INTEGER NOT NULL,
	retried INTEGER NOT NULL,
	throttled INTEGER NOT NULL,
	PRIMARY KEY (run, operation)
) STRICT, WITHOUT ROWID;
INSERT INTO "requests" VALUES(1,'ec2:DescribeRegions',2,0,0);
INSERT INTO "requests" VALUES(1,'kms:DescribeKey',2,0,0);
INSERT INTO "requests" VALUES(1,'organizations:DescribeOrganization',1,0,0);
INSERT INTO "requests" VALUES(1,'organizations:ListAccounts',1,0,0);
INSERT INTO "requests" VALUES(1,'organizations:ListOrganizationalUnitsForParent',13,0,0);
INSERT INTO "requests" VALUES(1,'organizations:ListRoots',1,0,0);
INSERT INTO "requests" VALUES(1,'rds:DescribeDBClusterSnapshots',2,0,0);
INSERT INTO "requests" VALUES(1,'rds:DescribeDBClusters',2,0,0);
INSERT INTO "requests" VALUES(1,'rds:DescribeDBInstances',2,0,0);
INSERT INTO "requests" VALUES(1,'rds:DescribeGlobalClusters',2,0,0);
INSERT INTO "requests" VALUES(1,'sts:AssumeRole',1,0,0);
INSERT INTO "requests" VALUES(1,'sts:GetCallerIdentity',1,0,0);
CREATE TABLE resources (
	account INTEGER NOT NULL,
	region INTEGER NOT NULL,
	number INTEGER NOT NULL,
	type TEXT NOT NULL,
	id TEXT NOT NULL,
	arn TEXT,
	tags TEXT NOT NULL,
	relations TEXT NOT NULL,
	observed TEXT,
	PRIMARY KEY (account, region, number),
	FOREIGN KEY (account, region) REFERENCES cells ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO "resources" VALUES(1,1,0,'cluster','graph-0000-5213786f','arn:aws:rds:us-east-1:000002000006:cluster:graph-0000-5213786f','{"owner":"=cmd()"}','{}',NULL);
INSERT INTO "resources" VALUES(1,1,1,'instance','graph-0000-5213786f-1','arn:aws:rds:us-east-1:000002000006:db:graph-0000-5213786f-1','{"owner":"=cmd()"}','{"cluster":["arn:aws:rds:us-east-1:000002000006:cluster:graph-0000-5213786f"]}',NULL);
INSERT INTO "resources" VALUES(1,1,2,'key','f2c399e2-0000-4000-8000-00006a8dcf7b','arn:aws:kms:us-east-1:000002000006:key/f2c399e2-0000-4000-8000-00006a8dcf7b','{}','{"user":["arn:aws:rds:us-east-1:000002000006:cluster:graph-0000-5213786f"]}',NULL);
INSERT INTO "resources" VALUES(2,1,0,'cluster','graph-0000-ba3231c5','arn:aws:rds:us-east-1:007921000013:cluster:graph-0000-ba3231c5','{"owner":"risk & fraud"}','{}',NULL);
INSERT INTO "resources" VALUES(2,1,1,'instance','graph-0000-ba3231c5-1','arn:aws:rds:us-east-1:007921000013:db:graph-0000-ba3231c5-1','{"owner":"risk & fraud"}','{"cluster":["arn:aws:rds:us-east-1:007921000013:cluster:graph-0000-ba3231c5"]}',NULL);
INSERT INTO "resources" VALUES(2,1,2,'instance','graph-0000-ba3231c5-2','arn:aws:rds:us-east-1:007921000013:db:graph-0000-ba3231c5-2','{"owner":"risk & fraud"}','{"cluster":["arn:aws:rds:us-east-1:007921000013:cluster:graph-0000-ba3231c5"]}',NULL);
INSERT INTO "resources" VALUES(2,1,3,'key','d2e32483-0000-4000-8000-0000eb6e5f37','arn:aws:kms:us-east-1:007921000013:key/d2e32483-0000-4000-8000-0000eb6e5f37','{}','{"user":["arn:aws:rds:us-east-1:007921000013:cluster:graph-0000-ba3231c5"]}',NULL);
CREATE TABLE runs (
	run INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	state TEXT NOT NULL CHECK (state IN ('running', 'interrupted', 'finished')),
	started INTEGER NOT NULL,
	finished INTEGER,
	meaning TEXT NOT NULL,
	partition TEXT,
	organization TEXT,
	management_account TEXT,
	caller TEXT,
	interrupted TEXT,
	note TEXT,
	sent INTEGER,
	retried INTEGER,
	throttled INTEGER,
	connections INTEGER,
	bytes_received INTEGER,
	cells INTEGER,
	failing INTEGER,
	blind INTEGER,
	shard TEXT,
	could_not_start INTEGER NOT NULL DEFAULT 0,
	position INTEGER,
	contents BLOB,
	digest BLOB
) STRICT;
INSERT INTO "runs" VALUES(1,'01M8NBEGQQ88BZRW2E3MGX8Q21','finished',1796012983,1796012983,'controls.min_backup_days = 7
controls.require_key = any
organization.accounts = 
organization.exclude_accounts = 
organization.ous = 
organization.exclude_ous = 
regions.include = enabled
regions.exclude = 
role.name = NeptuneScanAudit
role.management = 
version of the controls = 0.1.0-cc5b7d43
','aws','o-estate0001','000002000006','arn:aws:iam::000002000006:user/auditor',NULL,NULL,30,0,0,4,16600,2,0,0,NULL,0,NULL,X'86303B70EBACD67CC5807E5B50164872358E0C71F680A2A9C9914405EF7C43A6',X'EB680C7A4A2CBEE23BD7BC2F8A3AC4E3F9DEB168390A7B2C059771109BBE518A');
COMMIT;
