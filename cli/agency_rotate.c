#include "cli/agency_rotate.h"

#include <getopt.h>

#include "cli/ask.h"
#include "cli/command.h"
#include "core/file.h"
#include "federation/rotation.h"

struct asked {
    const char *line, *folder, *offline_file;
    bool demo;
};

static int
usage(FILE *out)
{
    fputs("usage: kith agency rotate LINE --dir FOLDER [--demo] [--passphrase-file FILE]\n"
          "\n"
          "Signs the registry with the next signing and transport keys of an agency.  LINE is\n"
          "what `kith key rotate` printed there, in quotes; it must be signed by a key that\n"
          "the registry names for today.  The former keys stay valid for 7 days.\n"
          "\n"
          "  --dir FOLDER  the federation's folder, made by `kith init`\n"
          "  --passphrase-file FILE  of the signers' keys in FOLDER/offline\n"
          "  --demo        keys without a passphrase, for demonstrations only\n",
          out);
    return out == stdout ? EXIT_OK : EXIT_USAGE;
}

/* -1: go on; else the exit status. */
static int
read_options(struct asked *asked, int argc, char **argv)
{
    static const struct option options[] = {
        { "dir", required_argument, NULL, 'D' },
        { "passphrase-file", required_argument, NULL, 'o' },
        { "demo", no_argument, NULL, 'd' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'D': asked->folder = optarg; break;
        case 'o': asked->offline_file = optarg; break;
        case 'd': asked->demo = true; break;
        default: return usage(option == 'h' ? stdout : stderr);
        }
    }
    if (optind + 1 < argc)
        return complain(EXIT_USAGE, "agency: put the line in quotes");
    if (optind + 1 == argc && asked->folder == NULL)
        complain(EXIT_USAGE, "agency: --dir FOLDER is missing");
    if (optind + 1 != argc || asked->folder == NULL)
        return usage(stderr);
    asked->line = argv[optind];
    return -1;
}

static enum err
rotate(const struct asked *asked, const struct rotation *rotation, struct why *why)
{
    struct offline offline = { .folder = asked->folder };
    struct passphrase signers;
    struct instant now = wall_clock();
    enum err err;

    err = ask_offline(&offline, &signers, asked->demo, asked->offline_file,
                      "of the signers' keys", why);
    if (err == ERR_OK)
        err = federation_rotate(&offline, rotation, now, why);
    wipe(&signers, sizeof(signers));
    return err;
}

int
agency_rotate_command(int argc, char **argv)
{
    struct asked asked = { 0 };
    struct rotation rotation;
    struct why why = { "" };
    int status = read_options(&asked, argc, argv);

    if (status >= 0)
        return status;
    if (rotation_read(&rotation, bytes_of_text(asked.line), &why)
        || rotate(&asked, &rotation, &why))
        return complain(EXIT_FAILED, "%s", why.text);
    fprintf(stderr,
            "The registry names the next keys of %s; its former ones stay valid for %d days.\n"
            "Next: put %s/federation into the broker's place and SIGHUP it.  The agency's\n"
            "agent goes over to its next keys by itself\n",
            rotation.name, OVERLAP_DAYS, asked.folder);
    return EXIT_OK;
}
