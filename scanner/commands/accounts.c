/*
 * Writes the accounts of the organization into a file, for scans with --accounts-file.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/text.h"
#include "base/visible.h"
#include "config/object_url.h"
#include "scanner/commands/arguments.h"
#include "scanner/commands/commands.h"
#include "scanner/commands/network.h"
#include "scanner/credentials/credentials.h"
#include "scanner/engine/account_listing.h"
#include "scanner/engine/accounts_file.h"
#include "scanner/engine/caller_session.h"
#include "scanner/storage/storage.h"

struct accounts_command {
	struct config config;
	struct log log;
	struct storage *storage;
	struct storage_file file;
	struct caller_session *caller;
	struct account_list list;
};

static bool find_caller(struct accounts_command *command, struct error *error)
{
	struct credentials found;

	if (!credentials_find(&command->config, &command->log, NULL, &found, error))
		return false;
	command->caller = caller_session_new(&command->config, &command->log, &found);
	return command->caller || error_out_of_memory(error);
}

/* As it is before the organization is listed: only this version of an object is replaced. */
static bool open_file(struct accounts_command *command, struct error *error)
{
	const char *name = command->config.accounts_file;

	if (!object_url_is(name)) /* where that fails, writing does */
		files_make_folders(name, command->config.accounts_folder);
	command->storage = storage_open(&command->config, &command->log, error);
	return command->storage &&
	       storage_fetch(command->storage, command->config.accounts_file, &command->file, error);
}

/* Only a list of the same organization is replaced. */
static bool may_replace(const struct accounts_command *command, struct error *error)
{
	struct account_list before = {0};
	bool good;

	if (access(command->file.path, F_OK) != 0)
		return true;
	good = accounts_file_read(&before, &command->file, error);
	if (!good && error->kind == ERROR_USAGE)
		error_set(error, ERROR_USAGE,
			  files_what_is_irregular(command->file.path)
				  ? "%s exists and is no accounts file\n  Fix: name another file"
				  : "%s exists and is no accounts file\n  Fix: name another file, or delete it "
				    "first",
			  text_brief(command->file.name, 200).text);
	else if (good && strcmp(before.organization, command->list.organization) != 0)
		good = error_set(error, ERROR_USAGE,
				 "accounts file %s is of organization %s, and the caller's is %s\n  Fix: name "
				 "another file",
				 text_brief(command->file.name, 200).text, before.organization,
				 command->list.organization);
	account_list_deinit(&before);
	return good;
}

static enum exit_code write_list(struct accounts_command *command)
{
	struct error error;

	if (open_file(command, &error) && find_caller(command, &error) &&
	    account_list_fetch(&command->list, &command->config, command->caller, &command->log, &error) &&
	    may_replace(command, &error) && accounts_file_write(&command->list, &command->file, &error) &&
	    storage_publish(command->storage, &command->file, &error)) {
		visible_print(stdout, "%zu account%s of %s%s written to %s", command->list.count,
			      text_plural(command->list.count), command->list.organization,
			      command->list.tree_known ? "" : ", without their units,", command->file.name);
		return EXIT_COMPLIANT;
	}
	visible_print(stderr, "neptune-scan: error: accounts: %s", error.text);
	return error.kind == ERROR_USAGE ? EXIT_USAGE : EXIT_IMPOSSIBLE;
}

static enum exit_code run(int argument_count, const char *const *given)
{
	static const struct own_flag flags[] = {{NULL, NULL, NULL}};
	struct accounts_command command = {.log = {.stream = stderr, .level = LOG_WARNING}};
	struct arguments arguments;
	enum exit_code code = EXIT_USAGE;

	if (arguments_read(&arguments, "accounts", flags, 1, &command.config, argument_count, given)) {
		if (arguments.word_count) {
			command.config.accounts_file = arguments.words[0];
			command.config.accounts_folder = files_fixed_folder(arguments.words[0]);
		}
		if (command.config.accounts_file) {
			network_init();
			code = write_list(&command);
			storage_file_close(&command.file);
			storage_close(command.storage);
			network_deinit();
		} else {
			fputs("neptune-scan: error: accounts: name the file to write\n"
			      "  Fix: neptune-scan accounts FILE\n",
			      stderr);
		}
	}
	caller_session_free(command.caller);
	account_list_deinit(&command.list);
	config_deinit(&command.config);
	return code;
}

static void help(void)
{
	puts("usage: neptune-scan accounts FILE [--config FILE] [FLAG ...]\n\n"
	     "Examples:\n"
	     "  neptune-scan accounts accounts.json\n"
	     "  neptune-scan scan --accounts-file accounts.json\n\n"
	     "Lists the organization's accounts with their names, units and status, and writes them into FILE "
	     "(JSON)\n"
	     "for `scan --accounts-file FILE`. For scans that share one list, and for a caller that may list "
	     "the\n"
	     "organization while another one scans. Replaces a file of the same organization, and no other.\n"
	     "FILE may be an object of S3, s3://BUCKET/KEY; nothing else in AWS is written. Flags are those "
	     "of\n"
	     "`scan`; without FILE, organization.accounts_file is used.\n\n"
	     "Exit codes: 0 written; 2 usage or configuration error; 4 the organization cannot be listed, or "
	     "the\n"
	     "file cannot be written.");
}

const struct command command_accounts = {
	.name = "accounts",
	.summary = "write the organization's accounts into a file",
	.run = run,
	.help = help,
};
