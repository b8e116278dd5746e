// Package bench measures Ovation on this machine, beside other programs that
// do the same with the same input in the same run. Figures are CPU seconds
// (user and system) of the process tree that does the work, beside wall time;
// what makes and sends the input is another process and not counted.
package bench
