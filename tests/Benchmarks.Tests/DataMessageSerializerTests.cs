using Akka.Actor;

namespace AkkaKv.Benchmarks.Tests;

public class DataMessageSerializerTests
{
    [Fact]
    public void Messages_of_distributed_data_should_come_back_as_they_were()
    {
        using var system = ActorSystem.Create("serializer");
        var serializer = new DataMessageSerializer((ExtendedActorSystem)system);
        var put = Assert.IsType<DataPut>(RoundTrip(new DataPut(7, "0000000000000012", [1, 2, 3], 2)));
        Assert.Equal((7L, "0000000000000012", (byte)2), (put.Number, put.Key, put.Copies));
        Assert.Equal([1, 2, 3], put.Value);
        Assert.Equal(new DataGet(long.MaxValue, "k", 3), RoundTrip(new DataGet(long.MaxValue, "k", 3)));
        var answer = Assert.IsType<DataAnswer>(RoundTrip(new DataAnswer(9, [4], "Timeout")));
        Assert.Equal((9L, "Timeout"), (answer.Number, answer.Failure));
        Assert.Equal([4], answer.Value);

        object RoundTrip(DataMessage message) => serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message));
    }
}
