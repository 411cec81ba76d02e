#include "config/flag.h"

#include <string.h>

bool flag_split(const char *const *arguments, int count, int index, struct flag *flag)
{
	const char *argument = arguments[index];
	const char *equals = argument ? strchr(argument, '=') : NULL;

	*flag = (struct flag){0};
	if (!argument || strncmp(argument, "--", 2) != 0 || !argument[2])
		return false;
	flag->name.at = argument + 2;
	flag->name.length = equals ? (size_t)(equals - flag->name.at) : strlen(flag->name.at);
	flag->separate = !equals && index + 1 < count;
	flag->value = equals ? equals + 1 : flag->separate ? arguments[index + 1] : NULL;
	return true;
}
