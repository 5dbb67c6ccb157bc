#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/agency.h"
#include "cli/command.h"
#include "cli/demo.h"
#include "cli/grant.h"
#include "cli/init.h"
#include "cli/join.h"
#include "cli/key.h"
#include "cli/policy.h"
#include "cli/send.h"
#include "cli/sent.h"
#include "cli/status.h"
#include "cli/tail.h"
#include "core/text.h"
#include "crypto/key.h"

/* kith: one program, many commands.  Data goes to stdout, everything else to stderr. */

static int version_command(int argc, char **argv);
static int help_command(int argc, char **argv);

// clang-format off
static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    { "demo",    demo_command,    "a whole federation on this machine, with invented children" },
    { "init",    init_command,    "lay down a new federation: signers, broker, agreement" },
    { "agency",  agency_command,  "invite, admit and list the agencies of a federation" },
    { "join",    join_command,    "join a federation, with the line of an invite" },
    { "grant",   grant_command,   "what the index has granted, and taking it back" },
    { "key",     key_command,     "this agency's keys, and the next ones" },
    { "policy",  policy_command,  "check and test a sharing agreement" },
    { "send",    send_command,    "publish messages through the local agent" },
    { "tail",    tail_command,    "show what the local agent has received, as it comes" },
    { "sent",    sent_command,    "what became of what this agency sent" },
    { "status",  status_command,  "how the local agent is, in words" },
    { "dismiss", dismiss_command, "an alarm or a message that a person has dealt with" },
    { "version", version_command, "which Kith this is" },
    { "help",    help_command,    "this" },
    { 0 },
};
// clang-format on

static int
version_command(int argc, char **argv)
{
    (void)argc, (void)argv;
    puts("kith 0.1, envelope suite 1, protocol 1, schema 1");
    return EXIT_OK;
}

static void
list_commands(FILE *out)
{
    fputs("usage: kith COMMAND [ARGUMENTS]\n\n", out);
    for (const struct command *command = commands; command->name != NULL; command++)
        fprintf(out, "  %-8s %s\n", command->name, command->help);
    fputs("\n`kith COMMAND --help` says more.  Exit status: 0 ok, 1 failed, 2 not understood,\n"
          "3 would widen what somebody may see, 4 refused by the agent, the broker or the\n"
          "agreement, 5 out of reach.\n",
          out);
}

static int
help_command(int argc, char **argv)
{
    (void)argc, (void)argv;
    list_commands(stdout);
    return EXIT_OK;
}

static const char *
name_at(const void *list, size_t i)
{
    return ((const struct command *)list)[i].name;
}

int
main(int argc, char **argv)
{
    const char *meant;

    if (argc < 2) {
        list_commands(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help_command(argc, argv);
    setlocale(LC_CTYPE, "C.UTF-8"); /* names have accents, whatever the terminal says */
    if (!crypto_start())
        return complain(EXIT_FAILED, "the cryptography library cannot be used");
    for (const struct command *command = commands; command->name != NULL; command++)
        if (strcmp(command->name, argv[1]) == 0)
            return command->run(argc - 1, argv + 1);
    meant = text_nearest(argv[1], name_at, commands);
    if (meant != NULL)
        return complain(EXIT_USAGE, "there is no command '%s'; did you mean '%s'?", argv[1],
                        meant);
    return complain(EXIT_USAGE, "there is no command '%s'; see `kith help`", argv[1]);
}
