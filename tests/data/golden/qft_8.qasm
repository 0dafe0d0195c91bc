// distq: {"layout": {"births": {"11": [0], "12": [1], "13": [2], "0": [3], "1": [4], "2": [5], "6": [6], "7": [7]}, "entry": [0, 1, 2, 17, 18, 19, 24, 54], "final": [11, 12, 13, 0, 1, 2, 6, 7], "output": [11, 12, 13, 0, 1, 2, 6, 7]}, "circuit": "qft_8", "network": "asymmetric", "strategy": "hypergraph", "seed": 0, "qubits": 8, "qpus": 3, "gates_2q": 28, "remote_gates": 21, "ebits": 10, "ebits_lower_bound": 6, "teledata": 0, "packets": 7, "peak_memory": 3, "memory": 3, "makespan_mean_s": 0.5586389, "makespan_p95_s": 1.019553, "bell_wait_s": 0.5544689, "fidelity": null, "fidelity_stderr": null, "fidelity_monolithic": null, "fidelity_ratio": null, "fidelity_method": null, "shots": null, "verified": true, "version": "0.1.0"}
OPENQASM 3.0;
include "stdgates.inc";
gate rzz(p0) _gate_q_0, _gate_q_1 {
  cx _gate_q_0, _gate_q_1;
  rz(p0) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
}
gate epr _gate_q_0, _gate_q_1 {
  h _gate_q_0;
  cx _gate_q_0, _gate_q_1;
}
bit[6] ann_outcome;
bit[5] bob_outcome;
bit[6] eve_outcome;
qubit[3] ann_data;
qubit[3] ann_memory;
qubit[2] bob_data;
qubit[3] bob_memory;
qubit[3] eve_data;
qubit[3] eve_memory;
U(pi/2, 0, pi) eve_data[0];
rzz(-pi/4) eve_data[0], eve_data[1];
rzz(-pi/8) eve_data[0], eve_data[2];
epr eve_memory[0], bob_memory[0];
cx eve_data[0], eve_memory[0];
eve_outcome[3] = measure eve_memory[0];
if (eve_outcome[3]) {
  x bob_memory[0];
}
reset eve_memory[0];
epr bob_memory[1], ann_memory[0];
cx bob_memory[0], bob_memory[1];
bob_outcome[3] = measure bob_memory[1];
if (bob_outcome[3]) {
  x ann_memory[0];
}
reset bob_memory[1];
h bob_memory[0];
bob_outcome[2] = measure bob_memory[0];
if (bob_outcome[2]) {
  z eve_data[0];
}
reset bob_memory[0];
rzz(-pi/16) ann_memory[0], ann_data[0];
rzz(-pi/32) ann_memory[0], ann_data[1];
rzz(-pi/64) ann_memory[0], ann_data[2];
h ann_memory[0];
ann_outcome[3] = measure ann_memory[0];
if (ann_outcome[3]) {
  z eve_data[0];
}
reset ann_memory[0];
epr bob_memory[2], eve_memory[1];
cx bob_data[0], bob_memory[2];
bob_outcome[4] = measure bob_memory[2];
if (bob_outcome[4]) {
  x eve_memory[1];
}
reset bob_memory[2];
rzz(-0.02454369260617026) eve_data[0], eve_memory[1];
U(pi/2, 0, -3*pi/4) eve_data[1];
rzz(-pi/4) eve_data[1], eve_data[2];
epr eve_memory[2], bob_memory[1];
cx eve_data[1], eve_memory[2];
eve_outcome[5] = measure eve_memory[2];
if (eve_outcome[5]) {
  x bob_memory[1];
}
reset eve_memory[2];
epr bob_memory[0], ann_memory[1];
cx bob_memory[1], bob_memory[0];
bob_outcome[2] = measure bob_memory[0];
if (bob_outcome[2]) {
  x ann_memory[1];
}
reset bob_memory[0];
h bob_memory[1];
bob_outcome[3] = measure bob_memory[1];
if (bob_outcome[3]) {
  z eve_data[1];
}
reset bob_memory[1];
rzz(-pi/8) ann_memory[1], ann_data[0];
rzz(-pi/16) ann_memory[1], ann_data[1];
rzz(-pi/32) ann_memory[1], ann_data[2];
h ann_memory[1];
ann_outcome[4] = measure ann_memory[1];
if (ann_outcome[4]) {
  z eve_data[1];
}
reset ann_memory[1];
rzz(-pi/64) eve_data[1], eve_memory[1];
epr bob_memory[2], eve_memory[0];
cx bob_data[1], bob_memory[2];
bob_outcome[4] = measure bob_memory[2];
if (bob_outcome[4]) {
  x eve_memory[0];
}
reset bob_memory[2];
rzz(-0.01227184630308513) eve_data[0], eve_memory[0];
U(pi/2, 0, -5*pi/8) eve_data[2];
epr eve_memory[2], bob_memory[0];
cx eve_data[2], eve_memory[2];
eve_outcome[5] = measure eve_memory[2];
if (eve_outcome[5]) {
  x bob_memory[0];
}
reset eve_memory[2];
epr bob_memory[1], ann_memory[2];
cx bob_memory[0], bob_memory[1];
bob_outcome[3] = measure bob_memory[1];
if (bob_outcome[3]) {
  x ann_memory[2];
}
reset bob_memory[1];
h bob_memory[0];
bob_outcome[2] = measure bob_memory[0];
if (bob_outcome[2]) {
  z eve_data[2];
}
reset bob_memory[0];
rzz(-pi/4) ann_memory[2], ann_data[0];
rzz(-pi/8) ann_memory[2], ann_data[1];
rzz(-pi/16) ann_memory[2], ann_data[2];
h ann_memory[2];
ann_outcome[5] = measure ann_memory[2];
if (ann_outcome[5]) {
  z eve_data[2];
}
reset ann_memory[2];
rzz(-pi/32) eve_data[2], eve_memory[1];
h eve_memory[1];
eve_outcome[4] = measure eve_memory[1];
if (eve_outcome[4]) {
  z bob_data[0];
}
reset eve_memory[1];
rzz(-0.02454369260617026) eve_data[1], eve_memory[0];
U(pi/2, 0, -9*pi/16) ann_data[0];
rzz(-pi/4) ann_data[0], ann_data[1];
rzz(-pi/8) ann_data[0], ann_data[2];
epr bob_memory[2], ann_memory[0];
cx bob_data[0], bob_memory[2];
bob_outcome[4] = measure bob_memory[2];
if (bob_outcome[4]) {
  x ann_memory[0];
}
reset bob_memory[2];
rzz(-pi/16) ann_data[0], ann_memory[0];
rzz(-pi/64) eve_data[2], eve_memory[0];
h eve_memory[0];
eve_outcome[3] = measure eve_memory[0];
if (eve_outcome[3]) {
  z bob_data[1];
}
reset eve_memory[0];
U(pi/2, 0, -17*pi/32) ann_data[1];
rzz(-pi/4) ann_data[1], ann_data[2];
rzz(-pi/8) ann_data[1], ann_memory[0];
epr bob_memory[1], ann_memory[1];
cx bob_data[1], bob_memory[1];
bob_outcome[3] = measure bob_memory[1];
if (bob_outcome[3]) {
  x ann_memory[1];
}
reset bob_memory[1];
rzz(-pi/32) ann_data[0], ann_memory[1];
U(pi/2, 0, -33*pi/64) ann_data[2];
rzz(-pi/4) ann_data[2], ann_memory[0];
h ann_memory[0];
ann_outcome[3] = measure ann_memory[0];
if (ann_outcome[3]) {
  z bob_data[0];
}
reset ann_memory[0];
rzz(-pi/16) ann_data[1], ann_memory[1];
rzz(-pi/8) ann_data[2], ann_memory[1];
h ann_memory[1];
ann_outcome[4] = measure ann_memory[1];
if (ann_outcome[4]) {
  z bob_data[1];
}
reset ann_memory[1];
U(pi/2, 0, -1.595340019401067) bob_data[0];
rzz(-pi/4) bob_data[0], bob_data[1];
U(0, 0, 1.5585244804918112) eve_data[0];
U(0, 0, 1.5462526341887262) eve_data[1];
U(0, 0, 31*pi/64) eve_data[2];
U(0, 0, 15*pi/32) ann_data[0];
U(0, 0, 7*pi/16) ann_data[1];
U(0, 0, 3*pi/8) ann_data[2];
U(0, 0, pi/4) bob_data[0];
U(pi/2, 0, -1.5830681730979814) bob_data[1];
