/* Time, CPU and memory. */
#include "load.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* A histogram has 64 steps for each power of two, so that its figures are within 3 %. */

void record(struct histogram *histogram, int64_t value)
{
    uint64_t rest = value < 0 ? 0 : (uint64_t)value;
    if (rest > histogram->most)
        histogram->most = rest;
    int power = rest < STEPS ? 0 : 63 - __builtin_clzll(rest) - 5;
    size_t slot = (size_t)power * STEPS + (power ? (rest >> power) : rest);
    if (slot >= POWERS * STEPS)
        slot = POWERS * STEPS - 1;
    histogram->counts[slot]++;
    histogram->total++;
}

double percentile(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)histogram->total), below = 0;
    for (size_t slot = 0; slot < POWERS * STEPS; slot++) {
        below += histogram->counts[slot];
        if (below > wanted) {
            size_t power = slot / STEPS, step = slot % STEPS;
            return (double)((power ? step : slot) << power) / 1e3;
        }
    }
    return (double)histogram->most / 1e3;
}

double cpu_of_server(void)
{
    double seconds = 0;
    for (int i = 0; i < ask.pid_count; i++) {
        clockid_t clock;
        struct timespec time;
        if (clock_getcpuclockid(ask.pids[i], &clock) == 0 && clock_gettime(clock, &time) == 0)
            seconds += (double)time.tv_sec + (double)time.tv_nsec / SECOND;
    }
    return seconds;
}

double rss_of_server(void)
{
    double kibibytes = 0;
    for (int i = 0; i < ask.pid_count; i++) {
        char path[64];
        long size, resident;
        snprintf(path, sizeof path, "/proc/%d/statm", ask.pids[i]);
        FILE *file = fopen(path, "r");
        if (file && fscanf(file, "%ld %ld", &size, &resident) == 2)
            kibibytes += (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
        if (file)
            fclose(file);
    }
    return kibibytes;
}

double cpu_of_load(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / SECOND;
}
