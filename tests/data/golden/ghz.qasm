// distq: {"layout": {"births": {"0": [0], "1": [1], "3": [2], "4": [3], "6": [4], "7": [5]}, "entry": [0, 1, 4, 16, 19, 31], "final": [0, 1, 3, 4, 6, 7], "output": [0, 1, 3, 4, 6, 7]}, "circuit": "ghz", "network": "3x2+1", "strategy": "contiguous", "seed": 0, "qubits": 6, "qpus": 3, "gates_2q": 5, "remote_gates": 2, "ebits": 2, "ebits_lower_bound": 2, "teledata": 0, "packets": 2, "peak_memory": 1, "memory": 1, "makespan_mean_s": 0.01004744, "makespan_p95_s": 0.02287199, "bell_wait_s": 0.008507436, "fidelity": null, "fidelity_stderr": null, "fidelity_monolithic": null, "fidelity_ratio": null, "fidelity_method": null, "shots": null, "verified": true, "version": "0.1.0"}
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
bit[6] c;
bit[3] qpu0_outcome;
bit[3] qpu1_outcome;
bit[3] qpu2_outcome;
qubit[2] qpu0_data;
qubit[1] qpu0_memory;
qubit[2] qpu1_data;
qubit[1] qpu1_memory;
qubit[2] qpu2_data;
qubit[1] qpu2_memory;
U(pi/2, -pi/2, pi) qpu0_data[0];
U(pi/2, -pi/2, pi) qpu0_data[1];
rzz(pi/2) qpu0_data[0], qpu0_data[1];
U(pi/2, -pi/2, pi) qpu0_data[1];
U(pi/2, -pi/2, pi) qpu1_data[0];
epr qpu0_memory[0], qpu1_memory[0];
cx qpu0_data[1], qpu0_memory[0];
qpu0_outcome[2] = measure qpu0_memory[0];
if (qpu0_outcome[2]) {
  x qpu1_memory[0];
}
reset qpu0_memory[0];
rzz(pi/2) qpu1_memory[0], qpu1_data[0];
h qpu1_memory[0];
qpu1_outcome[2] = measure qpu1_memory[0];
if (qpu1_outcome[2]) {
  z qpu0_data[1];
}
reset qpu1_memory[0];
U(pi/2, -pi/2, pi) qpu1_data[0];
U(pi/2, -pi/2, pi) qpu1_data[1];
rzz(pi/2) qpu1_data[0], qpu1_data[1];
U(pi/2, -pi/2, pi) qpu1_data[1];
U(pi/2, -pi/2, pi) qpu2_data[0];
epr qpu1_memory[0], qpu2_memory[0];
cx qpu1_data[1], qpu1_memory[0];
qpu1_outcome[2] = measure qpu1_memory[0];
if (qpu1_outcome[2]) {
  x qpu2_memory[0];
}
reset qpu1_memory[0];
rzz(pi/2) qpu2_memory[0], qpu2_data[0];
h qpu2_memory[0];
qpu2_outcome[2] = measure qpu2_memory[0];
if (qpu2_outcome[2]) {
  z qpu1_data[1];
}
reset qpu2_memory[0];
U(pi/2, -pi/2, pi) qpu2_data[0];
U(pi/2, -pi/2, pi) qpu2_data[1];
rzz(pi/2) qpu2_data[0], qpu2_data[1];
U(pi/2, 0, pi) qpu2_data[1];
