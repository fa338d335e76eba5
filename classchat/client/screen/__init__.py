"""The client on a screen: state, editor, drawing and keyboard."""
