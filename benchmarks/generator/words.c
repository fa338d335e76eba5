/* What clients say, in both languages. */
#include "load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of a fixed width, and the tag in each text: |SSSSSS.NNNNNNNN.TTTTTTTTTTTTTTTT| names the sender,
 * the number of the message, and the time (nanoseconds since we started). */
static void put_digits(char *where, int digits, uint64_t value)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        where[i] = (char)('0' + value % 10);
}

static char *begin_line(struct client *client, size_t length)
{
    return client->web ? frame_for(client, length) : space_for(client, length);
}

static void end_line(struct client *client, char *line, size_t length)
{
    if (client->web)
        mask_frame(line, length);
}

void request(struct client *client, const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    size_t length = (size_t)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    end_line(client, memcpy(begin_line(client, length), text, length), length);
    flush(client);
}

/* Sets of capabilities that clients really ask for; none has echo-message, for the load hears no echo. */
static const char *const capabilities[] = {
    "message-tags server-time account-tag multi-prefix",
    "account-notify away-notify cap-notify extended-join invite-notify message-tags multi-prefix server-time",
    "batch labeled-response message-tags server-time draft/multiline",
    "server-time",
    "multi-prefix userhost-in-names",
};

static void sign_in_by_irc(struct client *client)
{
    int index = client->index + ask.first;
    const char *name = ask.capabilities ? capabilities[client->index % ask.capabilities] : NULL;
    if (name)
        request(client, "CAP REQ :%2$s\r\nNICK u%1$d\r\nUSER u%1$d 0 * :u%1$d\r\nCAP END\r\n", index, name);
    else
        request(client, "NICK u%1$d\r\nUSER u%1$d 0 * :u%1$d\r\n", index);
}

void ask_for(struct client *client, enum step step)
{
    const char *verb = step == OPEN_ROOM && !ask.existing ? "create" : "join";
    client->waiting = true;
    if (step == SIGN_IN && ask.irc)
        sign_in_by_irc(client);
    else if (step == SIGN_IN && (client->web || ask.registering))
        request(client, "{\"status\":\"register\",\"sender\":\"u%d\"}\n", client->index + ask.first);
    else if (step == SIGN_IN)
        request(client, "u%d\n", client->index + ask.first);
    else if (step == SPEAK_UP && ask.irc)
        request(client, "PING here\r\n");
    else if (step == SPEAK_UP)
        request(client, "{\"status\":\"ping\",\"sender\":\"\",\"receiver\":\"\",\"text\":\"\"}\n");
    else if (ask.irc)
        request(client, "JOIN #r%d\r\n", client->room);
    else
        request(client, "{\"status\":\"%s\",\"sender\":\"\",\"receiver\":\"r%d\",\"text\":\"\"}\n", verb,
                client->room);
}

void compose(struct client *client)
{
    char receiver[32], *line = malloc((size_t)ask.text + 256);
    int at;
    if (!line)
        die("out of memory");
    snprintf(receiver, sizeof receiver, ask.private ? "u%d" : ask.irc ? "#r%d" : "r%d",
             ask.private ? client->index + 1 + ask.first : client->room);
    if (ask.irc)
        at = sprintf(line, "PRIVMSG %s :", receiver);
    else
        at = sprintf(line, "{\"status\":\"%s\",\"sender\":\"u%d\",\"receiver\":\"%s\",",
                     ask.private ? "private" : "group", client->index, receiver);
    if (ask.ids && !ask.irc) {
        client->id_at = (size_t)at + 6;
        at += sprintf(line + at, "\"id\":\"%0*d\",", NUMBER_DIGITS, 0);
    }
    if (!ask.irc)
        at += sprintf(line + at, "\"text\":\"");
    client->tag_at = (size_t)at;
    at += sprintf(line + at, "|%06d.%08d.%016d|", client->index, 0, 0);
    for (int i = TAG; i < ask.text; i++)
        line[at++] = (char)(i % 6 == 0 ? ' ' : 'a' + i % 23);
    at += sprintf(line + at, ask.irc ? "\r\n" : "\"}\n");
    client->line = line;
    client->line_length = (size_t)at;
}

void say(struct client *client, int64_t when)
{
    if (client->out_end - client->out_start > OUT_MOST) {
        seen.overrun++;
        return;
    }
    char *line = begin_line(client, client->line_length);
    memcpy(line, client->line, client->line_length);
    client->sent++;
    client->in_flight++;
    seen.messages++;
    put_digits(line + client->tag_at + TAG_NUMBER, NUMBER_DIGITS, client->sent);
    put_digits(line + client->tag_at + TAG_TIME, TIME_DIGITS, (uint64_t)(when - started));
    if (client->id_at)
        put_digits(line + client->id_at, NUMBER_DIGITS, client->sent);
    end_line(client, line, client->line_length);
    flush_soon(client);
}
