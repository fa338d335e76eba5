/* Bytes and lines from the server. */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct histogram latencies;
bool answering;
int step_done;

static char incoming[READ_SIZE];
static int64_t read_at;

static uint64_t get_digits(const char *where, int digits)
{
    uint64_t value = 0;
    for (int i = 0; i < digits; i++)
        value = value * 10 + (uint64_t)(where[i] - '0');
    return value;
}

static size_t count_newlines(const char *bytes, size_t length)
{
    size_t count = 0;
    while (length >= 64) { /* 64 counters of one byte, so that the compiler makes vectors of them */
        uint8_t counters[64] = {0};
        size_t blocks = length / 64 < 255 ? length / 64 : 255;
        for (size_t block = 0; block < blocks; block++, bytes += 64)
            for (int i = 0; i < 64; i++)
                counters[i] = (uint8_t)(counters[i] + (bytes[i] == '\n'));
        for (int i = 0; i < 64; i++)
            count += counters[i];
        length -= blocks * 64;
    }
    for (size_t i = 0; i < length; i++)
        count += bytes[i] == '\n';
    return count;
}

static bool has(const char *line, size_t length, const char *what)
{
    return memmem(line, length, what, strlen(what)) != NULL;
}

static bool answered(const char *line, size_t length)
{
    if (!ask.irc) {
        if (has(line, length, "\"status\":\"error\""))
            die("the server refused: %.*s", (int)length, line);
        return has(line, length, "\"status\":\"success\"");
    }
    if (length > 6 && memcmp(line, "ERROR ", 6) == 0)
        die("the server refused: %.*s", (int)length, line);
    const char *space = memchr(line, ' ', length);
    if (space && line[0] == '@') /* tags before the source */
        space = memchr(space + 1, ' ', (size_t)(line + length - space - 1));
    if (!space || line + length - space < 5)
        return false;
    if (memcmp(space, " PONG", 5) == 0)
        return true;
    if ((space[1] == '4' && memcmp(space, " 422", 4) != 0) || memcmp(space, " 5", 2) == 0)
        die("the server refused: %.*s", (int)length, line);
    return memcmp(space, " 001", 4) == 0 || memcmp(space, " 366", 4) == 0;
}

static void answer_ping(struct client *client, const char *line, size_t length)
{
    if (ask.irc && length > 5 && memcmp(line, "PING ", 5) == 0)
        request(client, "PONG %.*s\n", (int)(length - 5 > 400 ? 400 : length - 5), line + 5);
}

static void setup_line(struct client *client, const char *line, size_t length)
{
    answer_ping(client, line, length);
    if (client->waiting && answered(line, length)) {
        client->waiting = false;
        step_done++;
    }
}

static void talk_line(struct client *client, const char *line, size_t length)
{
    const char *tag = memchr(line, '|', length);
    if (!tag || line + length - tag < TAG) {
        if ((ask.slow || ask.stuck) && has(line, length, "\"sender\":\"SERVER\""))
            return;
        if (client->role == SENDER && ask.ids && has(line, length, "\"status\":\"success\""))
            client->answers++;
        else if (has(line, length, "\"status\":\"error\"") && seen.errors++ == 0)
            fprintf(stderr, "load: u%d was told: %.*s\n", client->index, (int)length, line);
        else if (!ask.irc || length < 5 || memcmp(line, "PING ", 5) != 0)
            seen.strange++;
        answer_ping(client, line, length);
        return;
    }
    uint64_t from = get_digits(tag + 1, 6);
    uint32_t number = (uint32_t)get_digits(tag + TAG_NUMBER, NUMBER_DIGITS);
    if (from >= (uint64_t)client_count || clients[from].room != client->room) {
        seen.strange++;
        return;
    }
    struct client *sender = &clients[from];
    uint32_t *latest = &client->latest[sender->place];
    client->heard++;
    seen.deliveries++;
    if (number == *latest + 1)
        *latest = number;
    else if (number <= *latest)
        seen.doubled++; /* or out of order, which is as bad */
    else {
        seen.lost += number - *latest - 1;
        *latest = number;
    }
    if (client->role != WITNESS)
        return;
    record(&latencies, read_at - started - (int64_t)get_digits(tag + TAG_TIME, TIME_DIGITS));
    if (client->place == ask.members - 1) {
        sender->in_flight--;
        if (answering)
            say(sender, read_at);
    }
}

void keep(struct client *client, const char *bytes, size_t length)
{
    if (client->partial_length + length > LINE_MOST)
        die("the server sent a line of more than %d bytes", LINE_MOST);
    client->partial = realloc(client->partial, client->partial_length + length);
    if (!client->partial)
        die("out of memory");
    memcpy(client->partial + client->partial_length, bytes, length);
    client->partial_length += length;
}

void forget_partial(struct client *client)
{
    free(client->partial);
    client->partial = NULL;
    client->partial_length = 0;
}

static void line_read(struct client *client, const char *line, size_t length)
{
    if (stage == SETTING_UP)
        setup_line(client, line, length);
    else
        talk_line(client, line, length);
}

static void split(struct client *client, const char *bytes, size_t length)
{
    const char *end = bytes + length;
    while (bytes < end) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        if (!newline) {
            keep(client, bytes, (size_t)(end - bytes));
            return;
        }
        if (client->partial_length) {
            keep(client, bytes, (size_t)(newline + 1 - bytes));
            line_read(client, client->partial, client->partial_length);
            forget_partial(client);
        } else {
            line_read(client, bytes, (size_t)(newline + 1 - bytes));
        }
        bytes = newline + 1;
    }
}

void lines_read(struct client *client, const char *bytes, size_t length)
{
    if (stage == SETTING_UP || client->parsed) {
        split(client, bytes, length);
        return;
    }
    size_t lines = count_newlines(bytes, length);
    client->heard += lines;
    seen.deliveries += lines;
}

void take(struct client *client, size_t most)
{
    ssize_t length = recv(client->fd, incoming, most, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        lose(client);
        return;
    }
    read_at = now();
    if (client->web)
        web_read(client, incoming, (size_t)length);
    else
        lines_read(client, incoming, (size_t)length);
}
