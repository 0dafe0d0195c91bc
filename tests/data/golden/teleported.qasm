// distq: {"layout": {"births": {"0": [0], "1": [1], "4": [2], "5": [3]}, "entry": [0, 1, 5, 6], "final": [null, 1, 4, null], "output": [null, 1, 4, null]}, "circuit": "teleported", "network": "2x2+2", "strategy": "kl", "seed": 0, "qubits": 4, "qpus": 2, "gates_2q": 4, "remote_gates": 2, "ebits": 2, "ebits_lower_bound": 2, "teledata": 0, "packets": 2, "peak_memory": 1, "memory": 2, "makespan_mean_s": 0.01011286, "makespan_p95_s": 0.02210021, "bell_wait_s": 0.007982858, "fidelity": null, "fidelity_stderr": null, "fidelity_monolithic": null, "fidelity_ratio": null, "fidelity_method": null, "shots": null, "verified": true, "version": "0.1.0"}
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
bit[3] c;
bit[4] qpu0_outcome;
bit[4] qpu1_outcome;
qubit[2] qpu0_data;
qubit[2] qpu0_memory;
qubit[2] qpu1_data;
qubit[2] qpu1_memory;
U(pi/2, -pi/2, pi) qpu0_data[0];
U(pi/2, -pi/2, pi) qpu0_data[1];
rzz(pi/2) qpu0_data[0], qpu0_data[1];
U(pi/2, 0, pi) qpu0_data[1];
c[0] = measure qpu0_data[1];
if (c[0]) {
  U(pi, pi, 0) qpu1_data[0];
}
if (c[0]) {
  rz(0.4) qpu1_data[1];
}
reset qpu0_data[1];
rzz(-0.35) qpu1_data[0], qpu1_data[1];
U(pi/2, -pi/2, -2.7915926535897935) qpu1_data[1];
epr qpu0_memory[0], qpu1_memory[0];
cx qpu0_data[1], qpu0_memory[0];
qpu0_outcome[2] = measure qpu0_memory[0];
if (qpu0_outcome[2]) {
  x qpu1_memory[0];
}
reset qpu0_memory[0];
rzz(pi/2) qpu1_memory[0], qpu1_data[1];
h qpu1_memory[0];
qpu1_outcome[2] = measure qpu1_memory[0];
if (qpu1_outcome[2]) {
  z qpu0_data[1];
}
reset qpu1_memory[0];
epr qpu0_memory[1], qpu1_memory[1];
cx qpu0_data[0], qpu0_memory[1];
qpu0_outcome[3] = measure qpu0_memory[1];
if (qpu0_outcome[3]) {
  x qpu1_memory[1];
}
reset qpu0_memory[1];
cp(pi/2) qpu1_data[0], qpu1_data[1];
cx qpu1_memory[1], qpu1_data[0];
cp(-pi/2) qpu1_data[0], qpu1_data[1];
cx qpu1_memory[1], qpu1_data[0];
cp(pi/2) qpu1_memory[1], qpu1_data[1];
h qpu1_memory[1];
qpu1_outcome[3] = measure qpu1_memory[1];
if (qpu1_outcome[3]) {
  z qpu0_data[0];
}
reset qpu1_memory[1];
U(pi/2, 0, pi) qpu1_data[1];
c[1] = measure qpu1_data[1];
reset qpu1_data[1];
c[2] = measure qpu0_data[0];
reset qpu0_data[0];
U(0, 0, -pi/2) qpu0_data[1];
U(0, 0, 0.35000000000000003) qpu1_data[0];
