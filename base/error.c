#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return false;
	error->kind = kind;
	va_start(arguments, format);
	text_print_list(error->text, sizeof error->text, format, arguments);
	va_end(arguments);
	return false;
}

int error_length_without_fix(const char *text)
{
	const char *fix = strstr(text, " Fix: ");

	while (fix && fix > text && strchr(" \n.", fix[-1]))
		fix--;
	return (int)(fix ? fix - text : (long)strlen(text));
}

bool error_out_of_memory(struct error *error)
{
	return error_set(error, ERROR_MEMORY, "out of memory");
}
