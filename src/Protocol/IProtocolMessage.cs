namespace AkkaKv.Protocol;

/// <summary>
/// Marks what clients and nodes say to each other on the data path: these messages have a schema (<c>akkakv.proto</c>), a frozen manifest
/// and the <see cref="ProtocolSerializer"/>.
/// </summary>
public interface IProtocolMessage;
