#include "cli/ask.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <termios.h>
#include <unistd.h>

enum { SHORTEST = 10 };

static void
say(int terminal, const char *text)
{
    /* When the terminal is gone the read that follows fails. */
    if (write(terminal, text, strlen(text)) < 0)
        return;
}

static bool
read_line(struct passphrase *passphrase, int terminal)
{
    ssize_t len = read(terminal, passphrase->text, sizeof(passphrase->text));

    if (len < 2 || passphrase->text[len - 1] != '\n'
        || memchr(passphrase->text, 0, (size_t)len) != NULL)
        return false;
    passphrase->text[len - 1] = 0;
    return true;
}

static bool
ask_hidden(struct passphrase *passphrase, int terminal, const char *before, const char *what)
{
    struct termios shown, hidden;
    bool read;

    if (tcgetattr(terminal, &shown) != 0)
        return false;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    say(terminal, before);
    say(terminal, what);
    say(terminal, ": ");
    if (tcsetattr(terminal, TCSAFLUSH, &hidden) != 0)
        return false;
    read = read_line(passphrase, terminal);
    tcsetattr(terminal, TCSAFLUSH, &shown);
    say(terminal, "\n");
    return read;
}

/* A Ctrl-C takes effect when the terminal shows again what is typed. */
static bool
ask_once(struct passphrase *passphrase, int terminal, const char *before, const char *what)
{
    sigset_t all, old;
    bool read;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &old);
    read = ask_hidden(passphrase, terminal, before, what);
    sigprocmask(SIG_SETMASK, &old, NULL);
    return read;
}

static bool
ask_twice(struct passphrase *passphrase, int terminal, const char *what)
{
    struct passphrase again;
    bool same = ask_once(passphrase, terminal, "New passphrase ", what)
                && ask_once(&again, terminal, "Once more, the passphrase ", what)
                && strcmp(passphrase->text, again.text) == 0;

    wipe(&again, sizeof(again));
    return same;
}

static enum err
ask_terminal(struct passphrase *passphrase, const char *what, bool new, struct why *why)
{
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    bool asked;

    if (terminal < 0)
        return because(why, ERR_NOT_FOUND,
                       "there is no terminal to ask for the passphrase %s; give it in a file, "
                       "see --help",
                       what);
    asked = new ? ask_twice(passphrase, terminal, what)
                : ask_once(passphrase, terminal, "Passphrase ", what);
    close(terminal);
    if (asked)
        return ERR_OK;
    wipe(passphrase, sizeof(*passphrase));
    return because(why, ERR_REFUSED, "no passphrase %s was given%s", what,
                   new ? ", or not the same twice" : "");
}

enum err
ask_passphrase(struct passphrase *passphrase, const char *file, const char *what,
               struct why *why)
{
    if (file != NULL)
        return passphrase_read(passphrase, file, why);
    return ask_terminal(passphrase, what, false, why);
}

enum err
ask_new_passphrase(struct passphrase *passphrase, const char *file, const char *what,
                   struct why *why)
{
    enum err err = file != NULL ? passphrase_read(passphrase, file, why)
                                : ask_terminal(passphrase, what, true, why);

    if (err != ERR_OK || strlen(passphrase->text) >= SHORTEST)
        return err;
    wipe(passphrase, sizeof(*passphrase));
    return because(why, ERR_REFUSED, "the passphrase %s is shorter than %d characters", what,
                   SHORTEST);
}

enum err
ask_offline(struct offline *offline, struct passphrase *passphrase, bool demo, const char *file,
            const char *what, struct why *why)
{
    enum err err;

    *passphrase = (struct passphrase){ 0 };
    if (demo)
        return ERR_OK;
    if ((err = ask_passphrase(passphrase, file, what, why)))
        return err;
    offline->passphrase = passphrase->text;
    return ERR_OK;
}
