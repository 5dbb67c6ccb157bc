#ifndef KITH_CLI_SENT_H
#define KITH_CLI_SENT_H

/* kith sent: what became of what this agency sent. */
int sent_command(int argc, char **argv);
/* kith dismiss: a person has dealt with an alarm, or with a message that nobody was told of. */
int dismiss_command(int argc, char **argv);

#endif
