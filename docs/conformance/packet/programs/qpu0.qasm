// program of node 0, qpu0; nodes: 0 qpu0, 1 qpu1
OPENQASM 3.0;
include "stdgates.inc";
extern request_pair(int, int, int);  // tag, the other node, ion
extern send_bit(int, int, bit);  // tag, the node that receives it, bit
extern receive_bit(int, int) -> bit;  // tag, the node that sends it
gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }
qubit[3] qpu0_data;
qubit[1] qpu0_memory;
bit[4] c = "0000";
bit[4] qpu0_outcome = "0000";
bit[1] inbox = "0";
U(1.5707963267948966, -1.5707963267948963, 3.141592653589793) qpu0_data[0];
rzz(-1.5707963267948966) qpu0_data[1], qpu0_data[0];
request_pair(0, 1, 3);  // qpu0_memory[0]
cx qpu0_data[1], qpu0_memory[0];
qpu0_outcome[3] = measure qpu0_memory[0];
send_bit(0, 1, qpu0_outcome[3]);
reset qpu0_memory[0];
inbox[0] = receive_bit(1, 1);
if (inbox[0] == 1) {
  z qpu0_data[1];
}
U(3.141592653589793, 3.141592653589793, 0.0) qpu0_data[1];
c[0] = measure qpu0_data[1];
reset qpu0_data[1];
U(1.5707963267948966, 0.0, 3.141592653589793) qpu0_data[0];
c[1] = measure qpu0_data[0];
reset qpu0_data[0];
