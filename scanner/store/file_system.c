/*
 * Whether a store lies on a network file system, where SQLite's WAL mode is not safe: its shared memory is seen
 * by the processes of one machine only (sqlite.org, "Write-Ahead Logging", section 1; "SQLite Over a Network").
 */
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/buffer.h"
#include "scanner/store/store_internal.h"

/*
 * f_type of statfs(2). Sources: linux/magic.h; those without a header of the kernel: GNU coreutils, stat.c.
 * A file system in user space may be anything, and is treated as a network's.
 */
static const uint32_t network_types[] = {
	0x00006969, /* NFS */
	0x0000517b, /* SMB */
	0xff534d42, /* CIFS */
	0xfe534d42, /* SMB 2 and 3 */
	0x65735546, /* FUSE: s3fs, sshfs, gcsfuse; virtiofs */
	0x0bd00bd0, /* Lustre */
	0x01021997, /* 9P */
	0x00c36400, /* Ceph */
	0x5346414f, /* AFS */
	0x6b414653, /* AFS of the kernel */
	0x73757245, /* Coda */
	0x0000564c, /* NCP */
	0x01161970, /* GFS2 */
	0x7461636f, /* OCFS2 */
	0x20030528, /* OrangeFS */
	0x47504653, /* GPFS */
	0x19830326, /* BeeGFS */
	0xaad7aaea, /* PanFS */
	0x786f4256, /* shared folders of VirtualBox */
	0xbacbacbc, /* shared folders of VMware */
};

bool store_is_network_type(uint32_t type)
{
	for (size_t i = 0; i < sizeof network_types / sizeof network_types[0]; i++)
		if (network_types[i] == type)
			return true;
	return false;
}

/* The folder, because the file may not exist yet. */
bool store_is_on_network(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct buffer folder = {0};
	struct statfs status;
	bool is;

	buffer_append(&folder, path, slash ? (size_t)(slash - path) + 1 : 0);
	if (!slash)
		buffer_text(&folder, ".");
	/* f_type is a signed long on some architectures. Without memory: the mode that is safe on both. */
	is = folder.failed ||
	     (statfs(folder.at, &status) == 0 && store_is_network_type((uint32_t)status.f_type));
	buffer_deinit(&folder);
	return is;
}

bool store_is_in_wal_mode(const char *path)
{
	enum { READ_VERSION = 19, WAL = 2 }; /* sqlite.org, "Database File Format", section 1.3 */
	FILE *file = fopen(path, "re");
	bool is = file && fseek(file, READ_VERSION, SEEK_SET) == 0 && fgetc(file) == WAL;

	if (file)
		fclose(file);
	return is;
}
