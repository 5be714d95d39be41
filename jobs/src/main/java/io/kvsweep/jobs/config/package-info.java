/**
 * The sweep file: what it says and where. Every problem in it is reported with file, line and
 * column, before any work.
 */
package io.kvsweep.jobs.config;
