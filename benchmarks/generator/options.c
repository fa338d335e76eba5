/* The command line. */
#include "load.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct asked ask = {.members = 2, .senders = 1, .window = 1, .witnesses = 1, .at_once = 32, .text = 100,
                    .warmup = 0.5, .seconds = 3, .slow_every = 0.2, .slow_bytes = 32 * 1024, .limit = 120,
                    .core = -1};

static void read_pids(char *list)
{
    for (char *pid = strtok(list, ","); pid && ask.pid_count < PIDS; pid = strtok(NULL, ","))
        ask.pids[ask.pid_count++] = atoi(pid);
}

void read_options(int count, char **values)
{
    static const struct { const char *name; int *number; double *real; bool *flag; } table[] = {
        {"port", &ask.port, 0, 0}, {"rooms", &ask.rooms, 0, 0}, {"members", &ask.members, 0, 0},
        {"senders", &ask.senders, 0, 0}, {"window", &ask.window, 0, 0}, {"witnesses", &ask.witnesses, 0, 0},
        {"idle", &ask.idle, 0, 0}, {"core", &ask.core, 0, 0}, {"first", &ask.first, 0, 0},
        {"at-once", &ask.at_once, 0, 0}, {"text", &ask.text, 0, 0},
        {"slow", &ask.slow, 0, 0}, {"slow-bytes", &ask.slow_bytes, 0, 0}, {"stuck", &ask.stuck, 0, 0},
        {"small-buffers", 0, 0, &ask.small_buffers}, {"irc", 0, 0, &ask.irc}, {"private", 0, 0, &ask.private},
        {"ids", 0, 0, &ask.ids}, {"verify", 0, 0, &ask.verify}, {"patient", 0, 0, &ask.patient},
        {"websocket", &ask.websocket, 0, 0}, {"capabilities", &ask.capabilities, 0, 0}, {"register", 0, 0, &ask.registering},
        {"existing", 0, 0, &ask.existing}, {"other-port", &ask.other_port, 0, 0}, {"others", &ask.others, 0, 0},
        {"rate", 0, &ask.rate, 0}, {"warmup", 0, &ask.warmup, 0}, {"seconds", 0, &ask.seconds, 0},
        {"connect-rate", 0, &ask.connect_rate, 0},
        {"slow-every", 0, &ask.slow_every, 0}, {"limit", 0, &ask.limit, 0}, {"pids", 0, 0, 0},
    };
    enum { LENGTH = sizeof table / sizeof *table };
    struct option options[LENGTH + 1] = {0};
    for (size_t i = 0; i < LENGTH; i++)
        options[i] = (struct option){table[i].name, table[i].flag ? no_argument : required_argument, NULL, 0};
    for (int which, code; (code = getopt_long(count, values, "", options, &which)) != -1;) {
        if (code != 0)
            exit(EXIT_TROUBLE);
        if (table[which].number)
            *table[which].number = atoi(optarg);
        else if (table[which].real)
            *table[which].real = atof(optarg);
        else if (table[which].flag)
            *table[which].flag = true;
        else
            read_pids(optarg);
    }
    ask.ids &= !ask.irc;
    ask.verify |= ask.slow || ask.stuck; /* to tell messages from the news that one of them has left */
    if (ask.private)
        ask.members = 2, ask.senders = ask.witnesses = 1;
    bool sane = ask.port > 0 && (ask.idle > 0 || ask.rooms > 0) && ask.members > ask.senders && ask.senders > 0
                && ask.members - ask.senders >= ask.witnesses && ask.witnesses > 0 && ask.window > 0
                && ask.at_once > 0 && ask.at_once <= 4096 && ask.text >= TAG && ask.text <= 10000
                && ask.seconds >= 0 && ask.capabilities >= 0 && ask.capabilities <= 5 && ask.websocket >= 0 && !(ask.websocket && ask.irc) && ask.limit > 0 && (ask.idle ? ask.idle : ask.rooms * ask.members) <= 1000000;
    if (!sane)
        die("these options ask for nothing that can be done");
}
