// distq: {"layout": {"births": {"0": [0], "1": [1], "5": [2], "6": [3], "8": [4], "9": [5], "11": [6], "12": [7]}, "entry": [0, 1, 7, 8, 18, 19, 29, 59], "final": [0, 1, 5, 6, 8, 9, 11, 12], "output": [0, 1, 5, 6, 8, 9, 11, 12]}, "circuit": "qft_8", "network": "4x2+3@line", "strategy": "kl", "seed": 0, "qubits": 8, "qpus": 4, "gates_2q": 28, "remote_gates": 24, "ebits": 20, "ebits_lower_bound": 6, "teledata": 0, "packets": 12, "peak_memory": 2, "memory": 3, "makespan_mean_s": 0.06810375, "makespan_p95_s": 0.1027882, "bell_wait_s": 0.06194375, "fidelity": null, "fidelity_stderr": null, "fidelity_monolithic": null, "fidelity_ratio": null, "fidelity_method": null, "shots": null, "verified": true, "version": "0.1.0"}
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
bit[5] qpu0_outcome;
bit[3] qpu1_outcome;
bit[3] qpu2_outcome;
bit[5] qpu3_outcome;
qubit[2] qpu0_data;
qubit[3] qpu0_memory;
qubit[2] qpu1_data;
qubit[1] qpu1_memory;
qubit[2] qpu2_data;
qubit[1] qpu2_memory;
qubit[2] qpu3_data;
qubit[3] qpu3_memory;
U(pi/2, 0, pi) qpu0_data[0];
rzz(-pi/4) qpu0_data[0], qpu0_data[1];
epr qpu0_memory[0], qpu1_memory[0];
cx qpu0_data[0], qpu0_memory[0];
qpu0_outcome[2] = measure qpu0_memory[0];
if (qpu0_outcome[2]) {
  x qpu1_memory[0];
}
reset qpu0_memory[0];
rzz(-pi/8) qpu1_memory[0], qpu1_data[0];
rzz(-pi/16) qpu1_memory[0], qpu1_data[1];
h qpu1_memory[0];
qpu1_outcome[2] = measure qpu1_memory[0];
if (qpu1_outcome[2]) {
  z qpu0_data[0];
}
reset qpu1_memory[0];
epr qpu0_memory[1], qpu2_memory[0];
cx qpu0_data[0], qpu0_memory[1];
qpu0_outcome[3] = measure qpu0_memory[1];
if (qpu0_outcome[3]) {
  x qpu2_memory[0];
}
reset qpu0_memory[1];
rzz(-pi/32) qpu2_memory[0], qpu2_data[0];
rzz(-pi/64) qpu2_memory[0], qpu2_data[1];
h qpu2_memory[0];
qpu2_outcome[2] = measure qpu2_memory[0];
if (qpu2_outcome[2]) {
  z qpu0_data[0];
}
reset qpu2_memory[0];
epr qpu0_memory[2], qpu3_memory[0];
cx qpu0_data[0], qpu0_memory[2];
qpu0_outcome[4] = measure qpu0_memory[2];
if (qpu0_outcome[4]) {
  x qpu3_memory[0];
}
reset qpu0_memory[2];
rzz(-0.02454369260617026) qpu3_memory[0], qpu3_data[0];
U(pi/2, 0, -3*pi/4) qpu0_data[1];
epr qpu0_memory[0], qpu1_memory[0];
cx qpu0_data[1], qpu0_memory[0];
qpu0_outcome[2] = measure qpu0_memory[0];
if (qpu0_outcome[2]) {
  x qpu1_memory[0];
}
reset qpu0_memory[0];
rzz(-pi/4) qpu1_memory[0], qpu1_data[0];
rzz(-pi/8) qpu1_memory[0], qpu1_data[1];
h qpu1_memory[0];
qpu1_outcome[2] = measure qpu1_memory[0];
if (qpu1_outcome[2]) {
  z qpu0_data[1];
}
reset qpu1_memory[0];
epr qpu0_memory[1], qpu2_memory[0];
cx qpu0_data[1], qpu0_memory[1];
qpu0_outcome[3] = measure qpu0_memory[1];
if (qpu0_outcome[3]) {
  x qpu2_memory[0];
}
reset qpu0_memory[1];
rzz(-pi/16) qpu2_memory[0], qpu2_data[0];
rzz(-pi/32) qpu2_memory[0], qpu2_data[1];
h qpu2_memory[0];
qpu2_outcome[2] = measure qpu2_memory[0];
if (qpu2_outcome[2]) {
  z qpu0_data[1];
}
reset qpu2_memory[0];
epr qpu0_memory[2], qpu3_memory[1];
cx qpu0_data[1], qpu0_memory[2];
qpu0_outcome[4] = measure qpu0_memory[2];
if (qpu0_outcome[4]) {
  x qpu3_memory[1];
}
reset qpu0_memory[2];
rzz(-pi/64) qpu3_memory[1], qpu3_data[0];
rzz(-0.01227184630308513) qpu3_memory[0], qpu3_data[1];
h qpu3_memory[0];
qpu3_outcome[2] = measure qpu3_memory[0];
if (qpu3_outcome[2]) {
  z qpu0_data[0];
}
reset qpu3_memory[0];
U(pi/2, 0, -5*pi/8) qpu1_data[0];
rzz(-pi/4) qpu1_data[0], qpu1_data[1];
epr qpu1_memory[0], qpu2_memory[0];
cx qpu1_data[0], qpu1_memory[0];
qpu1_outcome[2] = measure qpu1_memory[0];
if (qpu1_outcome[2]) {
  x qpu2_memory[0];
}
reset qpu1_memory[0];
rzz(-pi/8) qpu2_memory[0], qpu2_data[0];
rzz(-pi/16) qpu2_memory[0], qpu2_data[1];
h qpu2_memory[0];
qpu2_outcome[2] = measure qpu2_memory[0];
if (qpu2_outcome[2]) {
  z qpu1_data[0];
}
reset qpu2_memory[0];
epr qpu1_memory[0], qpu3_memory[2];
cx qpu1_data[0], qpu1_memory[0];
qpu1_outcome[2] = measure qpu1_memory[0];
if (qpu1_outcome[2]) {
  x qpu3_memory[2];
}
reset qpu1_memory[0];
rzz(-pi/32) qpu3_memory[2], qpu3_data[0];
rzz(-0.02454369260617026) qpu3_memory[1], qpu3_data[1];
h qpu3_memory[1];
qpu3_outcome[3] = measure qpu3_memory[1];
if (qpu3_outcome[3]) {
  z qpu0_data[1];
}
reset qpu3_memory[1];
U(pi/2, 0, -9*pi/16) qpu1_data[1];
epr qpu1_memory[0], qpu2_memory[0];
cx qpu1_data[1], qpu1_memory[0];
qpu1_outcome[2] = measure qpu1_memory[0];
if (qpu1_outcome[2]) {
  x qpu2_memory[0];
}
reset qpu1_memory[0];
rzz(-pi/4) qpu2_memory[0], qpu2_data[0];
rzz(-pi/8) qpu2_memory[0], qpu2_data[1];
h qpu2_memory[0];
qpu2_outcome[2] = measure qpu2_memory[0];
if (qpu2_outcome[2]) {
  z qpu1_data[1];
}
reset qpu2_memory[0];
epr qpu1_memory[0], qpu3_memory[0];
cx qpu1_data[1], qpu1_memory[0];
qpu1_outcome[2] = measure qpu1_memory[0];
if (qpu1_outcome[2]) {
  x qpu3_memory[0];
}
reset qpu1_memory[0];
rzz(-pi/16) qpu3_memory[0], qpu3_data[0];
rzz(-pi/64) qpu3_memory[2], qpu3_data[1];
h qpu3_memory[2];
qpu3_outcome[4] = measure qpu3_memory[2];
if (qpu3_outcome[4]) {
  z qpu1_data[0];
}
reset qpu3_memory[2];
U(pi/2, 0, -17*pi/32) qpu2_data[0];
rzz(-pi/4) qpu2_data[0], qpu2_data[1];
epr qpu2_memory[0], qpu3_memory[1];
cx qpu2_data[0], qpu2_memory[0];
qpu2_outcome[2] = measure qpu2_memory[0];
if (qpu2_outcome[2]) {
  x qpu3_memory[1];
}
reset qpu2_memory[0];
rzz(-pi/8) qpu3_memory[1], qpu3_data[0];
rzz(-pi/32) qpu3_memory[0], qpu3_data[1];
h qpu3_memory[0];
qpu3_outcome[2] = measure qpu3_memory[0];
if (qpu3_outcome[2]) {
  z qpu1_data[1];
}
reset qpu3_memory[0];
U(pi/2, 0, -33*pi/64) qpu2_data[1];
epr qpu2_memory[0], qpu3_memory[2];
cx qpu2_data[1], qpu2_memory[0];
qpu2_outcome[2] = measure qpu2_memory[0];
if (qpu2_outcome[2]) {
  x qpu3_memory[2];
}
reset qpu2_memory[0];
rzz(-pi/4) qpu3_memory[2], qpu3_data[0];
rzz(-pi/16) qpu3_memory[1], qpu3_data[1];
h qpu3_memory[1];
qpu3_outcome[3] = measure qpu3_memory[1];
if (qpu3_outcome[3]) {
  z qpu2_data[0];
}
reset qpu3_memory[1];
rzz(-pi/8) qpu3_memory[2], qpu3_data[1];
h qpu3_memory[2];
qpu3_outcome[4] = measure qpu3_memory[2];
if (qpu3_outcome[4]) {
  z qpu2_data[1];
}
reset qpu3_memory[2];
U(pi/2, 0, -1.595340019401067) qpu3_data[0];
rzz(-pi/4) qpu3_data[0], qpu3_data[1];
U(0, 0, 1.5585244804918112) qpu0_data[0];
U(0, 0, 1.5462526341887262) qpu0_data[1];
U(0, 0, 31*pi/64) qpu1_data[0];
U(0, 0, 15*pi/32) qpu1_data[1];
U(0, 0, 7*pi/16) qpu2_data[0];
U(0, 0, 3*pi/8) qpu2_data[1];
U(0, 0, pi/4) qpu3_data[0];
U(pi/2, 0, -1.5830681730979814) qpu3_data[1];
