namespace AkkaKv.Storage;

/// <summary>What a row says about its key. The numbers are on disk: never change one.</summary>
internal enum RowKind : byte
{
    Put = 1,
    Delete = 2,
}
