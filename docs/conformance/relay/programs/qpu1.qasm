// program of node 1, qpu1; nodes: 0 qpu0, 1 qpu1, 2 qpu2
OPENQASM 3.0;
include "stdgates.inc";
extern request_pair(int, int, int);  // tag, the other node, ion
extern send_bit(int, int, bit);  // tag, the node that receives it, bit
extern receive_bit(int, int) -> bit;  // tag, the node that sends it
qubit[1] qpu1_data;
qubit[2] qpu1_memory;
bit[3] c = "000";
bit[3] qpu1_outcome = "000";
bit[1] inbox = "0";
request_pair(0, 0, 1);  // qpu1_memory[0]
inbox[0] = receive_bit(0, 0);
if (inbox[0] == 1) {
  x qpu1_memory[0];
}
request_pair(1, 2, 2);  // qpu1_memory[1]
cx qpu1_memory[0], qpu1_memory[1];
qpu1_outcome[2] = measure qpu1_memory[1];
send_bit(1, 2, qpu1_outcome[2]);
reset qpu1_memory[1];
h qpu1_memory[0];
qpu1_outcome[1] = measure qpu1_memory[0];
send_bit(2, 0, qpu1_outcome[1]);
reset qpu1_memory[0];
c[1] = measure qpu1_data[0];
reset qpu1_data[0];
