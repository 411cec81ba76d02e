/*
 * For LD_PRELOAD: every file system calls itself NFS, as the type of statfs(2).
 */
#include <string.h>
#include <sys/vfs.h>

enum { NFS = 0x6969 };

int statfs(const char *path, struct statfs *status)
{
	(void)path;
	memset(status, 0, sizeof *status);
	status->f_type = NFS;
	return 0;
}
